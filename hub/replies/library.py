"""All reply templates of one moment, found by name and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, NamedTuple

from hub.calendars import Calendar
from hub.message import Content, Media
from hub.replies.errors import TemplateError, nearest
from hub.replies.filters import Reader
from hub.replies.language import environment
from hub.replies.template import HtmlTemplate, Template, compile_html, compile_template
from hub.replies.variables import complete

_JALALI: Final = ("fa",)
_MOST_FOUND: Final = 1_000
"""How many findings are remembered: people's devices name whatever languages they like."""


TEXT: Final = "txt"
HTML: Final = "html"
MAIL: Final = "mail"
"""The kind of channel that is sent HTML."""


class Key(NamedTuple):
    """One variant of a template: "away" in "fa".

    form: "txt" for every channel, "telegram.txt" for one kind of channel, "html" for what mail
    shows beside its text.
    """

    name: str
    locale: str
    form: str = TEXT

    def __str__(self) -> str:
        return ".".join(self if self.form != TEXT else self[:2])

    @property
    def channel(self) -> str | None:
        """The kind of channel that alone gets this variant; None for one of every channel."""
        if self.form == HTML:
            return MAIL
        return self.form.removesuffix(f".{TEXT}") if self.form != TEXT else None


def form_of(channel: str) -> str:
    """The form of the text for one kind of channel."""
    return f"{channel}.{TEXT}"


@dataclass(frozen=True)
class Written:
    """What a template became. key: the variant that its text came from; subject: of a mail."""

    key: Key
    content: Content
    subject: str | None = None


def locale_chain(wanted: str, fallback: Iterable[str] = ("en",)) -> list[str]:
    """Languages in the order in which a text is looked for: "fa-IR", "fa", then the fallback."""
    chain: list[str] = []
    for locale in (wanted, *fallback):
        parts = locale.replace("_", "-").split("-")
        chain += ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return list(dict.fromkeys(part for part in chain if part))


def calendar_of(locale: str) -> Calendar:
    """The calendar that customers read in a language."""
    return "jalali" if locale.split("-", maxsplit=1)[0] in _JALALI else "gregorian"


class Library:
    """The live templates. A value: changed templates make a new library.

    fallback: the languages that are tried after the customer's own, the organisation's first.
    zone: the time zone that customers are told times in. files: what goes along with a template,
    by its name and language, None for every language. links: the variable of that name.
    """

    def __init__(
        self,
        sources: Mapping[Key, str],
        *,
        zone: tzinfo,
        fallback: Sequence[str] = ("en",),
        files: Mapping[tuple[str, str | None], Sequence[Media]] | None = None,
        links: Mapping[str, str] | None = None,
    ) -> None:
        self._sources = dict(sources)
        self._files = dict(files or {})
        self._links = dict(links or {})
        self._zone = zone
        self._fallback = tuple(fallback)
        self._environment = environment()
        self._escaping = environment(html=True)
        self._compiled: dict[Key, Template] = {}
        self._pages: dict[Key, HtmlTemplate] = {}
        self._found: dict[tuple[str, str, str | None], Key] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names of all templates, whatever their languages."""
        return frozenset(key.name for key in self._sources)

    def find(self, name: str, locale: str, channel: str | None = None) -> Key:
        """The variant that a reader of `locale` gets by a kind of channel.

        A language of theirs counts for more than a text for the channel: it must be understood
        before it can fit. Raises TemplateError where there is none.
        """
        wanted = (name, locale, channel)
        if (known := self._found.get(wanted)) is not None:
            return known
        forms = (TEXT,) if channel is None else (form_of(channel), TEXT)
        for candidate in locale_chain(locale, self._fallback):
            for form in forms:
                key = Key(name, candidate, form)
                if key in self._sources:
                    if len(self._found) < _MOST_FOUND:
                        self._found[wanted] = key
                    return key
        written = sorted({key.locale for key in self._sources if key.name == name})
        if written:
            chain = ", ".join(locale_chain(locale, self._fallback))
            raise TemplateError(
                name, f"there is no text in {chain}, only in {', '.join(written)}; write one"
            )
        raise TemplateError(name, f"there is no such template{nearest(name, self.names)}")

    def reads(self, name: str, locale: str, channel: str | None = None) -> frozenset[str]:
        """The variables that the answer would speak of; none where it could not be written."""
        try:
            key = self.find(name, locale, channel)
            page = self._page(key, channel)
            return self._template(key).reads | (page.reads if page is not None else frozenset())
        except TemplateError:
            return frozenset()

    def render(
        self,
        template: str,
        locale: str,
        variables: Mapping[str, Any],
        *,
        channel: str | None = None,
        now: datetime | None = None,
    ) -> Content:
        """What `write` gives, without the subject."""
        return self.write(template, locale, variables, channel=channel, now=now).content

    def write(
        self,
        template: str,
        locale: str,
        variables: Mapping[str, Any],
        *,
        channel: str | None = None,
        now: datetime | None = None,
    ) -> Written:
        """The answer in the reader's language, as fits a kind of channel.

        Its content is a text block, for mail the HTML block that says the same where there is
        one, then buttons and files where the template has them. `now` defaults to the variable of
        that name. Raises TemplateError, and nothing else, for whatever is wrong with the template.
        """
        key = self.find(template, locale, channel)
        at = now or variables.get("now")
        if not isinstance(at, datetime):
            raise TemplateError(str(key), "the moment is not known; pass the variable 'now'")
        found, page = self._template(key), self._page(key, channel)
        try:
            known = complete({"links": self._links, **variables, "now": at})
        except KeyError as error:
            raise TemplateError(str(key), str(error.args[0])) from None
        reader = Reader(key.locale, calendar_of(key.locale), self._zone, at)
        words, *buttons = found.render(known, reader)
        pages = (page.render(known, reader),) if page is not None else ()
        files = (*self._files.get((key.name, None), ()), *self._files.get(key[:2], ()))
        return Written(key, (words, *pages, *buttons, *files), found.subject(known, reader))

    def faults(self) -> list[TemplateError]:
        """What is wrong with any template, for `payam check`."""
        found = []
        for key in sorted(self._sources):
            try:
                self._compile(key)
            except TemplateError as error:
                found.append(error)
        return found

    def _template(self, key: Key) -> Template:
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = compile_template(
                self._sources[key], str(key), self._environment
            )
        return found

    def _page(self, text: Key, channel: str | None) -> HtmlTemplate | None:
        """The HTML that says the same as a text, where the channel shows it."""
        key = text._replace(form=HTML)
        if channel != MAIL or key not in self._sources:
            return None
        found = self._pages.get(key)
        if found is None:
            found = self._pages[key] = compile_html(self._sources[key], str(key), self._escaping)
        return found

    def _compile(self, key: Key) -> None:
        if key.form == HTML:
            compile_html(self._sources[key], str(key), self._escaping)
        else:
            compile_template(self._sources[key], str(key), self._environment)
