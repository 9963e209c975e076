"""One reply template: the words, and the buttons under them, or the HTML of a mail.

A template is Jinja text within the bounds of `hub.replies.language`. Above the words a line
`--- subject: Your order ---` may give a mail its subject. Buttons follow after a line
`--- buttons ---`, a row a line, written like links: `[Track my order](track)` sends "track" when
it is pressed, `[Our shop](https://example.org)` opens a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import thread_time
from typing import Any, Final

from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.message import Button, Buttons, Content, Html, Text
from hub.replies.errors import TemplateError
from hub.replies.filters import LONGEST, READER, Reader
from hub.replies.language import environment, parse

BUTTONS_LINE: Final = "--- buttons ---"
MOST_ROWS: Final = 20
LONGEST_SUBJECT: Final = 200
LONGEST_TIME: Final = 0.25
"""Seconds of processor time that writing one template out may take."""

_SUBJECT: Final = re.compile(r"--- subject: (.*\S) ---")
_ASIDE: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_BUTTON: Final = re.compile(r"\[([^\[\]\n]+)\]\(([^()\n]+)\)")
_PAGE: Final = re.compile(r"(https?://|mailto:|tel:)\S+", re.IGNORECASE)
_GAPS: Final = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class _Part:
    """A piece of a template; `line` is where it begins in the file. reads: what it speaks of."""

    compiled: JinjaTemplate
    name: str
    line: int
    reads: frozenset[str]

    def render(self, variables: Mapping[str, Any], limit: int) -> str:
        """Raises TemplateError."""
        pieces: list[str] = []
        length = 0
        # The thread's own time: a machine that is busy with something else makes no template slow.
        end = thread_time() + LONGEST_TIME
        try:
            for piece in self.compiled.generate(variables):
                pieces.append(piece)
                length += len(piece)
                if length > limit:
                    raise TemplateError(self.name, f"it gives more than {limit:,} characters")
                if thread_time() > end:
                    raise TemplateError(self.name, "it takes too long; loop over less")
        except TemplateError:
            raise
        except Exception as error:  # noqa: BLE001 - no template may cost the message it answers
            raise TemplateError(self.name, _told(error), self._line_of(error)) from None
        return "".join(pieces)

    def _line_of(self, error: Exception) -> int | None:
        # Jinja rewrites the traceback so that its frames carry the template's own lines.
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.compiled.filename:
                line = trace.tb_lineno
            trace = trace.tb_next
        return None if line is None else self.line + line - 1


@dataclass(frozen=True)
class Template:
    """A checked template, ready to be written out as often as needed. `name` is "away.fa"."""

    name: str
    _words: _Part
    _subject: _Part | None
    _rows: tuple[tuple[tuple[_Part, _Part], ...], ...]

    @property
    def reads(self) -> frozenset[str]:
        """The variables that it speaks of, by their whole names."""
        parts = [self._words, *(part for row in self._rows for one in row for part in one)]
        if self._subject is not None:
            parts.append(self._subject)
        return frozenset().union(*(part.reads for part in parts))

    def render(self, variables: Mapping[str, Any], reader: Reader) -> Content:
        """The answer: a text and, where the template has them, buttons.

        `variables` are those of `hub.replies.variables.complete`. Raises TemplateError.
        """
        known = {**variables, READER: reader}
        text = _GAPS.sub("\n\n", self._words.render(known, LONGEST)).strip()
        if not text:
            raise TemplateError(self.name, "it gives an empty text; nothing was sent")
        if not self._rows:
            return (Text(text=text),)
        rows = tuple(tuple(self._button(one, known) for one in row) for row in self._rows)
        return Text(text=text), Buttons(rows=rows)

    def subject(self, variables: Mapping[str, Any], reader: Reader) -> str | None:
        """The subject of a mail in one line; None where the template gives none, or an empty one.

        Raises TemplateError.
        """
        if self._subject is None:
            return None
        written = self._subject.render({**variables, READER: reader}, LONGEST)
        return " ".join(written.split())[:LONGEST_SUBJECT] or None

    def _button(self, parts: tuple[_Part, _Part], known: Mapping[str, Any]) -> Button:
        label, target = (" ".join(part.render(known, 500).split()) for part in parts)
        if not label or not target:
            line = parts[0].line
            raise TemplateError(self.name, "a button has neither label nor target here", line)
        if _PAGE.fullmatch(target):
            return Button(label=label, url=target)
        return Button(label=label, value=target)


@dataclass(frozen=True)
class HtmlTemplate:
    """The checked HTML of a mail; what is written for a value is escaped."""

    name: str
    _page: _Part

    @property
    def reads(self) -> frozenset[str]:
        """The variables that it speaks of, by their whole names."""
        return self._page.reads

    def render(self, variables: Mapping[str, Any], reader: Reader) -> Html:
        """As `Template.render`. The channel makes it harmless before it is sent."""
        page = self._page.render({**variables, READER: reader}, LONGEST).strip()
        if not page:
            raise TemplateError(self.name, "it gives an empty text; nothing was sent")
        way = "rtl" if reader.locale.split("-", maxsplit=1)[0] in _LEFTWARD else "ltr"
        return Html(html=f'<div lang="{reader.locale}" dir="{way}">\n{page}\n</div>')


_LEFTWARD: Final = ("fa", "ar", "he", "ur")


def compile_template(
    source: str, name: str, env: ImmutableSandboxedEnvironment | None = None
) -> Template:
    """Check and compile a template; `name` ("away.fa") stands in errors. Raises TemplateError."""
    env = env or environment()
    words, buttons, first = _parted(source)
    rows = _rows(buttons, name, first, env) if buttons is not None else ()
    subject, line, words = _titled(words)
    titled = _part(subject, name, line, env) if subject is not None else None
    return Template(name, _part(words, name, 1, env), titled, rows)


def compile_html(
    source: str, name: str, env: ImmutableSandboxedEnvironment | None = None
) -> HtmlTemplate:
    """Check and compile the HTML of a mail; `env` escapes. Raises TemplateError."""
    return HtmlTemplate(name, _part(source, name, 1, env or environment(html=True)))


def _titled(words: str) -> tuple[str | None, int, str]:
    """The subject with its line, and the words without it; a comment may stand above it."""
    lines = words.split("\n")
    for place, line in enumerate(lines):
        found = _SUBJECT.fullmatch(line.strip())
        if found is None:
            continue
        if _ASIDE.sub("", "\n".join(lines[:place])).strip():
            break
        # The line stays, emptied, so that those below keep their numbers.
        return found[1], place + 1, "\n".join([*lines[:place], "", *lines[place + 1 :]])
    return None, 0, words


def _parted(source: str) -> tuple[str, str | None, int]:
    """The words, the lines of buttons if there are any, and the line at which those begin."""
    lines = source.split("\n")
    for place, line in enumerate(lines):
        if line.strip() == BUTTONS_LINE:
            return "\n".join(lines[:place]), "\n".join(lines[place + 1 :]), place + 2
    return source, None, 0


def _rows(
    written: str, name: str, first: int, env: ImmutableSandboxedEnvironment
) -> tuple[tuple[tuple[_Part, _Part], ...], ...]:
    rows = []
    for line, text in enumerate(written.split("\n"), first):
        if not text.strip():
            continue
        if _BUTTON.sub("", text).strip():
            raise TemplateError(
                name, "under '--- buttons ---' each line is buttons: [Label](value) [Label](https://…)",
                line,
            )  # fmt: skip
        rows.append(
            tuple(
                (_part(label, name, line, env), _part(target, name, line, env))
                for label, target in _BUTTON.findall(text)
            )
        )
    if not rows:
        raise TemplateError(name, f"no button follows '{BUTTONS_LINE}'; remove the line", first - 1)
    if len(rows) > MOST_ROWS:
        raise TemplateError(name, f"a template has at most {MOST_ROWS} rows of buttons", first)
    return tuple(rows)


def _part(source: str, name: str, line: int, env: ImmutableSandboxedEnvironment) -> _Part:
    tree, reads = parse(source, name, env, line)
    try:
        code = env.compile(tree, name=name, filename=f"<template {name}>")
    except TemplateSyntaxError as error:
        raise TemplateError(name, f"{error.message}", line + error.lineno - 1) from None
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise TemplateError(name, "it is nested too deeply; write it simpler") from None
    return _Part(JinjaTemplate.from_code(env, code, {}), name, line, reads)


def _told(error: Exception) -> str:
    if isinstance(error, UndefinedError):
        return f"{error}; say what is written without it, as in {{{{ … | default('friend') }}}}"
    return str(error) or type(error).__name__
