"""Blocks as the two renderings of a mail: plain text and HTML.

What mail has no form for is written out: buttons and forms as numbered lines, a place and a contact
as text, a survey as links (or as a question, where the hub has no public address).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import nh3

from hub.channel import CannotExpress
from hub.message import (
    Blob,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    Entity,
    Form,
    Html,
    Location,
    Media,
    Survey,
    Text,
)
from hub.text.direction import Direction, paragraphs

SurveyLink = Callable[[Survey, int], str | None]
"""The address at which a score is given, or None while the hub has no public address."""

_SCHEMES: Final = ("http://", "https://", "mailto:", "tel:")
_TAGS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "s",
    "code": "code",
    "pre": "code",
    "quote": "q",
}
_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_FACES: Final = {3: "🙁😐🙂", 5: "😞🙁😐🙂😀"}
_CID: Final = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)

_PHRASES: Final = {
    "en": {
        "choose": "Answer with the number of your choice.",
        "fill": "Answer these questions in a reply:",
        "required": "required",
        "score": "Answer with a number from {low} to {high}; {high} is the best.",
        "press": "Choose one:",
    },
    "fa": {
        "choose": "با شمارهٔ گزینهٔ خود پاسخ دهید.",
        "fill": "به این پرسش‌ها در پاسخ خود جواب دهید:",
        "required": "لازم",
        "score": "با عددی از {low} تا {high} پاسخ دهید؛ {high} بهترین است.",
        "press": "یکی را برگزینید:",
    },
}


@dataclass(frozen=True)
class Carried:
    """A file that goes with the mail, shown inside the HTML when it has a Content-ID."""

    blob: Blob
    inline_id: str | None = None


@dataclass
class Rendered:
    """The two renderings and the files."""

    text: str
    html: str
    files: list[Carried] = field(default_factory=list)


def render(content: Content, *, locale: str, survey_link: SurveyLink) -> Rendered:
    """Write every block out. Raises CannotExpress for one that mail can not carry."""
    return _Renderer(locale, survey_link).render(content)


class _Renderer:
    def __init__(self, locale: str, survey_link: SurveyLink) -> None:
        language = locale.replace("_", "-").partition("-")[0].lower()
        self._phrases = _PHRASES.get(language, _PHRASES["en"])
        self._persian = language == "fa"
        self._default: Direction = "rtl" if language in {"fa", "ar", "he", "ur"} else "ltr"
        self._survey_link = survey_link
        self._text: list[str] = []
        self._html: list[str] = []
        self._files: list[Carried] = []

    def render(self, content: Content) -> Rendered:
        # An HTML block says the same as the text beside it, so the text is not shown twice.
        whole = [block.html for block in content if isinstance(block, Html)]
        shown_inline = set(_CID.findall("".join(whole)))
        for block in content:
            match block:
                case Text():
                    self._words(block, in_html=not whole)
                case Html():
                    self._html.append(_sanitised(block.html))
                case Media():
                    self._media(block, shown_inline)
                case Location():
                    self._location(block)
                case Contact():
                    self._lines([block.name, *block.phones, *block.mails])
                case Card():
                    self._card(block)
                case Buttons():
                    self._buttons(block.rows)
                case Form():
                    self._form(block)
                case Survey():
                    self._survey(block)
                case _:
                    raise CannotExpress(f"mail can not carry a {block.type} block")
        language = "fa" if self._persian else "en"
        body = "\n".join(self._html)
        return Rendered(
            text="\n\n".join(part for part in self._text if part).strip("\n") + "\n",
            html=(
                f'<!DOCTYPE html><html lang="{language}" dir="{self._default}"><head>'
                '<meta charset="utf-8"></head><body style="font-family:Vazirmatn,Tahoma,'
                f'Helvetica,Arial,sans-serif">\n{body}\n</body></html>\n'
            ),
            files=self._files,
        )

    def _number(self, number: int) -> str:
        return str(number).translate(_PERSIAN_DIGITS) if self._persian else str(number)

    def _words(self, block: Text, *, in_html: bool = True) -> None:
        self._text.append(_with_addresses(block))
        if in_html:
            self._html.append(_marked_up(block, self._default))

    def _lines(self, lines: Sequence[str]) -> None:
        self._words(Text(text="\n".join(line for line in lines if line)))

    def _media(self, block: Media, shown_inline: set[str]) -> None:
        if block.blob is None:
            raise CannotExpress(
                f"a file is not there to be sent ({block.missing or 'it was never fetched'})"
            )
        inline_id = block.inline_id if block.inline_id in shown_inline else None
        self._files.append(Carried(block.blob, inline_id))
        if block.caption is not None:
            self._words(block.caption)

    def _location(self, block: Location) -> None:
        latitude, longitude = f"{block.latitude:.6f}", f"{block.longitude:.6f}"
        place = f"{latitude},{longitude}"
        url = (
            f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
            f"#map=16/{latitude}/{longitude}"
        )
        lines = [part for part in (block.title, block.address, place) if part]
        text = "\n".join(lines)
        link = Entity(form="link", offset=len(text) - len(place), length=len(place), url=url)
        self._words(Text(text=text, entities=(link,)))

    def _card(self, block: Card) -> None:
        entities = [Entity(form="bold", offset=0, length=len(block.title))] if block.title else []
        if block.url and block.title:
            entities.append(Entity(form="link", offset=0, length=len(block.title), url=block.url))
        text = "\n".join(part for part in (block.title, block.text) if part)
        self._words(Text(text=text, entities=tuple(entities)))
        if block.image is not None:
            inline_id = f"card{len(self._files)}@payam"
            self._files.append(Carried(block.image, inline_id))
            self._html.append(
                f'<div><img src="cid:{inline_id}" alt="" style="max-width:100%"></div>'
            )
        if block.rows:
            self._buttons(block.rows)

    def _buttons(self, rows: Sequence[Sequence[Button]]) -> None:
        buttons = [button for row in rows for button in row]
        text = ""
        entities: list[Entity] = []
        for number, button in enumerate(buttons, start=1):
            text += f"{self._number(number)}. "
            if button.url:
                entities.append(
                    Entity(form="link", offset=len(text), length=len(button.label), url=button.url)
                )
            text += f"{button.label}\n"
        if any(button.url is None for button in buttons):
            text += self._phrases["choose"]
        self._words(Text(text=text.rstrip("\n"), entities=tuple(entities)))

    def _form(self, block: Form) -> None:
        lines = [block.title, self._phrases["fill"]]
        for number, question in enumerate(block.questions, start=1):
            mark = f" ({self._phrases['required']})" if question.required else ""
            lines.append(f"{self._number(number)}. {question.label}{mark}")
            lines += [f"   - {choice}" for choice in question.choices]
        self._lines(lines)

    def _survey(self, block: Survey) -> None:
        low = 0 if block.form == "nps" or block.scale == 1 else 1
        scores = range(low, block.scale + 1)
        links = {score: self._survey_link(block, score) for score in scores}
        if any(link is None for link in links.values()):
            ask = self._phrases["score"].format(
                low=self._number(low), high=self._number(block.scale)
            )
            self._lines([block.question, ask])
            return
        text = f"{block.question}\n{self._phrases['press']}\n"
        entities: list[Entity] = []
        for score, url in links.items():
            label = self._score_label(block, score)
            entities.append(Entity(form="link", offset=len(text), length=len(label), url=url))
            text += f"{label}\n"
        self._words(Text(text=text.rstrip("\n"), entities=tuple(entities)))

    def _score_label(self, block: Survey, score: int) -> str:
        if block.form == "stars":
            return "★" * score + "☆" * (block.scale - score)
        if block.form == "faces" and block.scale in _FACES:
            return _FACES[block.scale][score - 1]
        if block.form == "thumbs":
            return "👍" if score == block.scale else "👎"
        return self._number(score)


def _sanitised(source: str) -> str:
    return nh3.clean(source, url_schemes={"http", "https", "mailto", "tel", "cid"})


def _is_linkable(url: str | None) -> bool:
    return url is not None and url.lower().startswith(_SCHEMES)


def _with_addresses(block: Text) -> str:
    """The words with the address of each link written behind it."""
    text = block.text
    for entity in sorted(block.entities, key=lambda one: one.offset, reverse=True):
        end = entity.offset + entity.length
        shown = text[entity.offset : end]
        if entity.form == "link" and entity.url and entity.url != shown.strip():
            text = f"{text[:end]} ({entity.url}){text[end:]}"
    return text


def _marked_up(block: Text, default: Direction) -> str:
    """The words as HTML, each line with its own direction."""
    out: list[str] = []
    offset = 0
    text = block.text.replace("\r\n", "\n")
    for direction, line in paragraphs(text, default):
        inner = _line_markup(line, offset, block.entities) or "<br>"
        out.append(f'<div dir="{direction}">{inner}</div>')
        offset += len(line) + 1
    return "\n".join(out)


def _line_markup(line: str, offset: int, entities: Sequence[Entity]) -> str:
    end = offset + len(line)
    active = [one for one in entities if one.offset < end and one.offset + one.length > offset]
    cuts = {0, len(line)}
    for one in active:
        cuts |= {
            min(max(one.offset - offset, 0), len(line)),
            min(max(one.offset + one.length - offset, 0), len(line)),
        }
    places = sorted(cuts)
    out: list[str] = []
    for start, stop in pairwise(places):
        piece = html.escape(line[start:stop])
        for one in active:
            if one.offset - offset <= start and one.offset + one.length - offset >= stop:
                piece = _wrapped(piece, one)
        out.append(piece)
    return "".join(out)


def _wrapped(piece: str, entity: Entity) -> str:
    if tag := _TAGS.get(entity.form):
        return f"<{tag}>{piece}</{tag}>"
    if entity.form == "link" and _is_linkable(entity.url):
        return f'<a href="{html.escape(entity.url or "")}">{piece}</a>'
    return piece
