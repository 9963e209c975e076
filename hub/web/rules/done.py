"""What was done, said on the page that follows: by a code in its address, so that nothing is kept
between the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from hub.text.marking import N_
from hub.web.asked import Asked
from hub.web.views import Toast
from hub.web.words import Say

WORDS: Final[Mapping[str, str]] = {
    "saved": N_("%s is saved"),
    "kept": N_("%s is saved; what others changed meanwhile is kept"),
    "on": N_("%s is switched on"),
    "off": N_("%s is switched off"),
    "moved": N_("%s is moved"),
    "copied": N_("%s is a copy; it is off until you switch it on"),
    "removed": N_("%s is removed"),
    "back": N_("%s is back"),
    "called": N_("%s is called again"),
    "restored": N_("Revision %s is live again, as a new revision"),
}
_NAME: Final = re.compile(r"[\w.@\-]{1,80}")


def _said(done: str, thing: str, say: Say) -> str:
    return say(WORDS[done]) % thing


def go(asked: Asked, path: str, done: str, thing: str, *, back: int | None = None) -> Response:
    """On to a page that says it; a script gets the words. back: the revision that undoes it."""
    if asked.request.headers.get("accept", "").startswith("application/json"):
        return JSONResponse({"said": _said(done, thing, asked.say), "to": path, "back": back})
    query = {"done": done, "thing": thing} | ({"back": str(back)} if back is not None else {})
    return asked.go(f"{path}?{urlencode(query)}")


def toast(asked: Asked, pages: str = "/rules") -> Toast | None:
    """What the address of one of these pages says was done."""
    done, thing, back = (asked.query(name) or "" for name in ("done", "thing", "back"))
    if done not in WORDS or not _NAME.fullmatch(thing):
        return None
    undo = f"{pages}/back/{back}" if back.isdecimal() and len(back) < 16 else None
    return Toast(_said(done, thing, asked.say), undo)
