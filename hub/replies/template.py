"""One reply template: the words, and the buttons under them.

A template is Jinja text within the bounds of `hub.replies.language`. Buttons follow after a line
`--- buttons ---`, a row a line, written like links: `[Track my order](track)` sends "track" when
it is pressed, `[Our shop](https://example.org)` opens a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub.message import Button, Buttons, Content, Text
from hub.replies.errors import TemplateError
from hub.replies.filters import LONGEST, READER, Reader
from hub.replies.language import environment, parse

BUTTONS_LINE: Final = "--- buttons ---"
MOST_ROWS: Final = 20

_BUTTON: Final = re.compile(r"\[([^\[\]\n]+)\]\(([^()\n]+)\)")
_PAGE: Final = re.compile(r"(https?://|mailto:|tel:)\S+", re.IGNORECASE)
_GAPS: Final = re.compile(r"[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class _Part:
    """A piece of a template; `line` is where it begins in the file."""

    compiled: JinjaTemplate
    name: str
    line: int

    def render(self, variables: Mapping[str, Any], limit: int) -> str:
        """Raises TemplateError."""
        pieces: list[str] = []
        length = 0
        try:
            for piece in self.compiled.generate(variables):
                pieces.append(piece)
                length += len(piece)
                if length > limit:
                    raise TemplateError(self.name, f"it gives more than {limit:,} characters")
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
    _rows: tuple[tuple[tuple[_Part, _Part], ...], ...]

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

    def _button(self, parts: tuple[_Part, _Part], known: Mapping[str, Any]) -> Button:
        label, target = (" ".join(part.render(known, 500).split()) for part in parts)
        if not label or not target:
            line = parts[0].line
            raise TemplateError(self.name, "a button has neither label nor target here", line)
        if _PAGE.fullmatch(target):
            return Button(label=label, url=target)
        return Button(label=label, value=target)


def compile_template(
    source: str, name: str, env: ImmutableSandboxedEnvironment | None = None
) -> Template:
    """Check and compile a template; `name` ("away.fa") stands in errors. Raises TemplateError."""
    env = env or environment()
    words, buttons, first = _parted(source)
    rows = _rows(buttons, name, first, env) if buttons is not None else ()
    return Template(name, _part(words, name, 1, env), rows)


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
    parse(source, name, env, line)
    try:
        code = env.compile(source, name=name, filename=f"<template {name}>")
    except TemplateSyntaxError as error:
        raise TemplateError(name, f"{error.message}", line + error.lineno - 1) from None
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise TemplateError(name, "it is nested too deeply; write it simpler") from None
    return _Part(JinjaTemplate.from_code(env, code, {}), name, line)


def _told(error: Exception) -> str:
    if isinstance(error, UndefinedError):
        return f"{error}; say what is written without it, as in {{{{ … | default('friend') }}}}"
    return str(error) or type(error).__name__
