"""When a team is there: hours, holidays and days of its own, or those of the organisation."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from hub.agents.directory import localized
from hub.calendars import Hours
from hub.routing import teams
from hub.routing.teams import Whole
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.organisation import hours as forms
from hub.web.organisation.hours import HoursForm
from hub.web.routing.views import TeamHours
from hub.web.views import Toast


async def show(asked: Asked) -> Response:
    """GET /teams/<team>/hours"""
    return await _show(asked)


async def save(asked: Asked) -> Response:
    """POST /teams/<team>/hours: own ("1"; "0" for those of the organisation), and the week."""
    given = asked.site.context.policy().organisation
    typed = {name: value for name, value in asked.form.items() if isinstance(value, str)}
    wanted: Hours | None = None
    if asked.field("own") == "1":
        found = forms.read(typed, given.time_zone, given.calendar, asked.say)
        if isinstance(found, HoursForm):
            return await _show(asked, form=found)
        wanted = found
    team_id = asked.path_id("team")
    before = await _read(asked)
    await asked.write(teams.change_hours, asked.by, team_id, wanted)
    back = {"own": "0"}
    if before.hours is not None:
        hours = Hours.model_validate({"time_zone": given.time_zone, **before.hours})
        back = {"own": "1", **forms.fields_of(forms.form_of(hours, given.calendar))}
    return await _show(asked, toast=Toast(asked.say("Saved"), f"/teams/{team_id}/hours", back))


async def _read(asked: Asked) -> Whole:
    return await asked.read(teams.team, asked.path_id("team"))


async def _show(
    asked: Asked, *, form: HoursForm | None = None, toast: Toast | None = None
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, Whole]:
        return inbox.beside(session, asked.viewer), teams.team(session, asked.path_id("team"))

    around, whole = await asked.read(read)
    policy = asked.site.context.policy()
    given = policy.organisation
    hours = policy.hours[None]
    if whole.hours is not None:
        hours = Hours.model_validate({"time_zone": given.time_zone, **whole.hours})
    view = TeamHours(
        team=whole.id,
        team_name=localized(whole.name, asked.viewer.locale) or whole.slug,
        own=whole.hours is not None,
        hours=form or forms.form_of(hours, given.calendar),
    )
    page = replace(inbox.page_with_rail(asked, around, page="teams"), toast=toast)
    return await asked.show(view, page=page, status=422 if form else 200)
