"""An agent's own settings."""

from __future__ import annotations

from starlette.responses import Response

from hub.agents import directory
from hub.routing import presence
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.security import local_path
from hub.web.views import Settings

_LANGUAGES = ("en", "fa")
_THEMES = {"auto": "system", "light": "light", "dark": "dark"}
_CALENDARS = ("gregorian", "jalali")


_CHOICES: dict[str, presence.Choice | None] = {"tabs": None, "away": "away", "offline": "offline"}


async def show(asked: Asked) -> Response:
    """GET /me"""
    around = await asked.read(inbox.beside, asked.viewer)
    return await asked.show(Settings(), page=inbox.page_with_rail(asked, around))


async def save(asked: Asked) -> Response:
    """POST /me: language, theme, calendar, next."""
    language, calendar = asked.field("language"), asked.field("calendar")
    theme = _THEMES.get(asked.field("theme"))
    if language not in _LANGUAGES or calendar not in _CALENDARS or theme is None:
        raise status(422)
    values = {"locale": language, "calendar": calendar, "theme": theme}
    await asked.write(directory.set_own_settings, asked.viewer.agent_id, values)
    return asked.go(local_path(asked.field("next"), "/me"))


async def choose_presence(asked: Asked) -> Response:
    """POST /me/presence: presence ("tabs", "away" or "offline"), next."""
    chosen = asked.field("presence")
    if chosen not in _CHOICES:
        raise status(422)
    await asked.site.context.attendance.chosen(asked.viewer.agent_id, _CHOICES[chosen])
    return asked.go(local_path(asked.field("next"), "/me"))
