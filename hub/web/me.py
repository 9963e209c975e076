"""An agent's own settings."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from hub.agents import own
from hub.agents.own import (
    AFTER_SENDING,
    CALENDARS,
    DENSITIES,
    DIGITS,
    DIRECTIONS,
    LOCALES,
    LONGEST_SIGNATURE,
    Own,
)
from hub.calendars import zone_names
from hub.routing import presence
from hub.store.database import Session
from hub.web import composing, inbox, preview
from hub.web.asked import Asked, status
from hub.web.security import local_path
from hub.web.views import Settings

_THEMES: Final = {"auto": "system", "light": "light", "dark": "dark"}
_CHOICES: Final[dict[str, presence.Choice | None]] = {
    "tabs": None,
    "away": "away",
    "offline": "offline",
}
_ALLOWED: Final = {
    "language": ("locale", LOCALES),
    "calendar": ("calendar", CALENDARS),
    "direction": ("direction", DIRECTIONS),
    "digits": ("digits", DIGITS),
    "density": ("density", DENSITIES),
    "after_sending": ("after_sending", AFTER_SENDING),
}
"""Fields of the form that name one of a few values, with their columns."""
SIGNATURE: Final = "signature:"


async def show(asked: Asked) -> Response:
    """GET /me"""
    return await _page(asked, {}, {})


async def save(asked: Asked) -> Response:
    """POST /me: any of language, direction, theme, calendar, time_zone, digits, density, shortcuts
    ("on" or "off"), after_sending, signature:<kind>; next. What is refused is shown again as it was
    typed.
    """
    values = _chosen(asked)
    errors: dict[str, str] = {}
    if "time_zone" in asked.form:
        zone = asked.field("time_zone").strip()
        if zone in zone_names():
            values["time_zone"] = zone
        else:
            errors["time_zone"] = asked.say(
                "There is no such time zone. Write it like Asia/Tehran or Europe/Berlin."
            )
    signatures = _signatures(asked)
    for kind, text in signatures.items():
        if len(text) > LONGEST_SIGNATURE:
            errors[SIGNATURE + kind] = asked.say("A signature has at most 1,000 characters.")
    if errors:
        typed = {name: asked.field(name) for name in asked.form if name != "csrf_token"}
        return await _page(asked, typed, errors)

    def write(session: Session) -> None:
        if values:
            own.choose(session, asked.viewer.agent_id, **values)
        if signatures:
            own.sign(session, asked.viewer.agent_id, signatures)

    await asked.write(write)
    return asked.go(local_path(asked.field("next"), "/me"))


async def choose_presence(asked: Asked) -> Response:
    """POST /me/presence: presence ("tabs", "away" or "offline"), next."""
    chosen = asked.field("presence")
    if chosen not in _CHOICES:
        raise status(422)
    await asked.site.context.attendance.chosen(asked.viewer.agent_id, _CHOICES[chosen])
    return asked.go(local_path(asked.field("next"), "/me"))


async def be_active(asked: Asked) -> Response:
    """POST /me/active: something is done in a page, as its script says once a minute."""
    await asked.site.context.attendance.active(asked.viewer.agent_id)
    return Response(status_code=204)


def _chosen(asked: Asked) -> dict[str, Any]:
    """What is one of a few, by its column."""
    values: dict[str, Any] = {}
    for name, (column, allowed) in _ALLOWED.items():
        if name in asked.form:
            if asked.field(name) not in allowed:
                raise status(422)
            values[column] = asked.field(name)
    if "theme" in asked.form:
        if asked.field("theme") not in _THEMES:
            raise status(422)
        values["theme"] = _THEMES[asked.field("theme")]
    if "shortcuts" in asked.form:
        values["shortcuts"] = asked.field("shortcuts") == "on"
    return values


def _signatures(asked: Asked) -> dict[str, str]:
    kinds = _kinds(asked)
    return {kind: asked.field(SIGNATURE + kind) for kind in kinds if SIGNATURE + kind in asked.form}


def _kinds(asked: Asked) -> tuple[str, ...]:
    """The kinds of channels that agents answer by."""
    return tuple(sorted({one.kind for one in asked.site.context.policy().accounts.values()}))


async def _page(asked: Asked, typed: dict[str, str], errors: dict[str, str]) -> Response:
    def load(session: Session) -> tuple[Own, inbox.Beside]:
        return own.read(session, asked.viewer.agent_id), inbox.beside(session, asked.viewer)

    chosen, around = await asked.read(load)
    signatures = {
        kind: typed.get(SIGNATURE + kind, chosen.signatures.get(kind, "")) for kind in _kinds(asked)
    }
    view = Settings(
        errors=errors,
        time_zone=typed.get("time_zone", chosen.time_zone),
        zones=zone_names(),
        direction=typed.get("direction", chosen.direction),
        digits=typed.get("digits", chosen.digits),
        density=typed.get("density", chosen.density),
        shortcuts=typed.get("shortcuts", "on" if chosen.shortcuts else "off"),
        after_sending=typed.get("after_sending", chosen.after_sending),
        signatures=signatures,
        signed={
            kind: composing.looks(text.strip(), preview.carries(asked, kind))
            for kind, text in signatures.items()
        },
    )
    page = inbox.page_with_rail(asked, around)
    return await asked.show(view, page=page, status=422 if errors else 200)
