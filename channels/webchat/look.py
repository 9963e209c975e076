"""The colours of a chat, made of one that an admin chose, so that everything stays legible.

Contrast is that of WCAG 2.2 (success criterion 1.4.3: 4.5 for text), with some to spare.
"""

from typing import Final

from channels.webchat.settings import WebchatSettings

Look = dict[str, str]
"""Names of colours to "#rrggbb", besides "position" and "theme"; see docs/webchat-protocol.md."""

Rgb = tuple[int, int, int]

_WHITE: Final[Rgb] = (255, 255, 255)
_BLACK: Final[Rgb] = (0, 0, 0)
_NIGHT: Final[Rgb] = (21, 22, 25)
"""The canvas of the dark theme."""
_LEGIBLE: Final = 5.0
_STEPS: Final = 50


def look(settings: WebchatSettings) -> Look:
    """How a chat is placed and coloured. Without a colour of its own it has Payam's."""
    found: Look = {"position": settings.position, "theme": settings.theme}
    if not settings.accent:
        return found
    accent = _read(settings.accent)
    soft, soft_dark = _mixed(accent, _WHITE, 0.9), _mixed(accent, _NIGHT, 0.78)
    on = _WHITE if contrast(accent, _WHITE) >= 4.5 else _BLACK
    colours = {
        "accent": accent,
        # Away from the words on it, so that they stay legible.
        "hover": _mixed(accent, _BLACK if on == _WHITE else _WHITE, 0.14),
        "on": on,
        "text": _legible(accent, soft, _BLACK),
        "soft": soft,
        "line": _mixed(accent, _WHITE, 0.66),
        "dark-text": _legible(accent, soft_dark, _WHITE),
        "dark-soft": soft_dark,
        "dark-line": _mixed(accent, _NIGHT, 0.5),
    }
    return found | {name: f"#{bytes(colour).hex()}" for name, colour in colours.items()}


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (part / 255 for part in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _legible(colour: Rgb, ground: Rgb, towards: Rgb) -> Rgb:
    """The colour, as far on its way to another one as it takes to be read on a ground."""
    mixes = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((mix for mix in mixes if contrast(mix, ground) >= _LEGIBLE), towards)


def _mixed(colour: Rgb, other: Rgb, share: float) -> Rgb:
    """So much of the other colour in the colour."""
    red, green, blue = (
        round(mine + (theirs - mine) * share) for mine, theirs in zip(colour, other, strict=True)
    )
    return red, green, blue


def _read(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
