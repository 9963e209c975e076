"""The ways in which one journey through the pages is looked at: language, width and theme.

A test that asks for `look` runs in one of them, another test in another, so that a short run sees
all; with `--looks all` it runs in every one.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal
from zlib import crc32

import hub

_LOCALE = Path(hub.__file__).parent / "locale"
_HEIGHTS = {1440: 900, 390: 844}


@dataclass(frozen=True)
class Look:
    """How somebody sees the pages."""

    locale: Literal["en", "fa"]
    width: int
    theme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.locale}-{self.width}-{self.theme}"

    @property
    def agent(self) -> dict[str, str]:
        """The settings of an agent who reads so."""
        return {
            "locale": self.locale,
            "calendar": "jalali" if self.locale == "fa" else "gregorian",
        }

    @property
    def context(self) -> dict[str, Any]:
        """What Chromium is told of screen and taste."""
        return {
            "viewport": {"width": self.width, "height": _HEIGHTS[self.width]},
            "color_scheme": self.theme,
            "locale": "fa-IR" if self.locale == "fa" else "en-GB",
        }

    @property
    def phone(self) -> bool:
        """Whether there is room for one pane only."""
        return self.width < 720

    def says(self, words: str, **values: object) -> str:
        """What the page says for these words of ours."""
        text = gettext.translation("payam", _LOCALE, languages=[self.locale], fallback=True)
        return text.gettext(words) % values if values else text.gettext(words)


LOOKS: Final = tuple(Look(*one) for one in product(("en", "fa"), _HEIGHTS, ("light", "dark")))


def looks(test: str, *, every: bool) -> tuple[Look, ...]:
    """The looks of a test, by its id: the same one in each run, unless `every` one is wanted."""
    return LOOKS if every else (LOOKS[crc32(test.encode()) % len(LOOKS)],)
