"""All reply templates of one moment, found by name and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final, NamedTuple

from hub.calendars import Calendar
from hub.message import Content
from hub.replies.errors import TemplateError, nearest
from hub.replies.filters import Reader
from hub.replies.language import environment
from hub.replies.template import Template, compile_template
from hub.replies.variables import complete

_JALALI: Final = ("fa",)
_MOST_FOUND: Final = 1_000
"""How many findings are remembered: people's devices name whatever languages they like."""


class Key(NamedTuple):
    """One variant of a template: "away" in "fa"."""

    name: str
    locale: str

    def __str__(self) -> str:
        return f"{self.name}.{self.locale}"


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
    zone: the time zone that customers are told times in.
    """

    def __init__(
        self, sources: Mapping[Key, str], *, zone: tzinfo, fallback: Sequence[str] = ("en",)
    ) -> None:
        self._sources = dict(sources)
        self._zone = zone
        self._fallback = tuple(fallback)
        self._environment = environment()
        self._compiled: dict[Key, Template] = {}
        self._found: dict[Key, Key] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names of all templates, whatever their languages."""
        return frozenset(key.name for key in self._sources)

    def find(self, name: str, locale: str) -> Key:
        """The variant that a reader of `locale` gets. Raises TemplateError where there is none."""
        wanted = Key(name, locale)
        if (known := self._found.get(wanted)) is not None:
            return known
        for candidate in locale_chain(locale, self._fallback):
            key = Key(name, candidate)
            if key in self._sources:
                if len(self._found) < _MOST_FOUND:
                    self._found[wanted] = key
                return key
        written = sorted(key.locale for key in self._sources if key.name == name)
        if written:
            chain = ", ".join(locale_chain(locale, self._fallback))
            raise TemplateError(
                name, f"there is no text in {chain}, only in {', '.join(written)}; write one"
            )
        raise TemplateError(name, f"there is no such template{nearest(name, self.names)}")

    def render(
        self,
        template: str,
        locale: str,
        variables: Mapping[str, Any],
        *,
        now: datetime | None = None,
    ) -> Content:
        """The answer in the reader's language: a text block and, where it has them, buttons.

        `now` defaults to the variable of that name. Raises TemplateError, and nothing else, for
        whatever is wrong with the template.
        """
        key = self.find(template, locale)
        at = now or variables.get("now")
        if not isinstance(at, datetime):
            raise TemplateError(str(key), "the moment is not known; pass the variable 'now'")
        found = self._compiled.get(key)
        if found is None:
            found = compile_template(self._sources[key], str(key), self._environment)
            self._compiled[key] = found
        try:
            known = complete({**variables, "now": at})
        except KeyError as error:
            raise TemplateError(str(key), str(error.args[0])) from None
        return found.render(known, Reader(key.locale, calendar_of(key.locale), self._zone, at))

    def faults(self) -> list[TemplateError]:
        """What is wrong with any template, for `payam check`."""
        found = []
        for key, source in sorted(self._sources.items()):
            try:
                compile_template(source, str(key), self._environment)
            except TemplateError as error:
                found.append(error)
        return found
