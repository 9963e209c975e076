"""What people call their browsers."""

from __future__ import annotations

import re
from typing import Final

# In this order: most browsers also name those that they are like.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str | None) -> str | None:
    """ "Firefox, Windows" out of a User-Agent (RFC 9110, section 10.1.5); the beginning of one
    that is no browser's; None where there is none."""
    if not user_agent:
        return None
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        product = re.match(r"[\w.-]+", user_agent)
        return product[0][:40] if product else None
    return f"{browser}, {system}" if system else browser
