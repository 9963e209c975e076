"""The organisation's name, language, dates and hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from hub import organisation
from hub.calendars import zone_names
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.organisation import hours as forms
from hub.web.organisation.hours import HoursForm
from hub.web.organisation.views import OrganisationPage, organisation_fields
from hub.web.views import Toast

_FIELDS: Final = ("name", "locale", "calendar", "time_zone")


async def show(asked: Asked) -> Response:
    """GET /organisation"""
    return await _show(asked)


async def save(asked: Asked) -> Response:
    """POST /organisation: name, locale, calendar, time_zone."""
    typed = {name: asked.field(name).strip()[:120] for name in _FIELDS}
    context = asked.site.context
    before = organisation_fields(context.policy().organisation)
    try:
        await asked.write(organisation.change, context.settings, asked.by, typed)
    except ValidationError as error:
        wrong = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
        words = {
            "name": asked.say("Write the name that customers read."),
            "time_zone": asked.say("There is no such time zone. Write it like Asia/Tehran."),
        }
        errors = {name: words.get(name, asked.say("Choose one.")) for name in wrong}
        return await _show(asked, typed=typed, errors=errors)
    return await _show(asked, toast=Toast(asked.say("Saved"), "/organisation", before))


async def save_hours(asked: Asked) -> Response:
    """POST /organisation/hours: week-mon … week-sun, holidays, extra."""
    context = asked.site.context
    given = context.policy().organisation
    typed = {name: value for name, value in asked.form.items() if isinstance(value, str)}
    found = forms.read(typed, given.time_zone, given.calendar, asked.say)
    if isinstance(found, HoursForm):
        return await _show(asked, hours=found)
    before = (await asked.read(organisation.read, context.settings)).hours
    await asked.write(organisation.change_hours, context.settings, asked.by, found)
    back = forms.fields_of(forms.form_of(before, given.calendar))
    return await _show(asked, toast=Toast(asked.say("Saved"), "/organisation/hours", back))


async def _show(
    asked: Asked,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    hours: HoursForm | None = None,
    toast: Toast | None = None,
) -> Response:
    main = await asked.read(organisation.read, asked.site.context.settings)
    around = await asked.read(inbox.beside, asked.viewer)
    view = OrganisationPage(
        typed=typed or organisation_fields(main.organisation),
        hours=hours or forms.form_of(main.hours, main.organisation.calendar),
        zones=zone_names(),
        errors=errors or {},
    )
    page = replace(inbox.page_with_rail(asked, around, page="organisation"), toast=toast)
    wrong = bool(errors or (hours and hours.errors))
    return await asked.show(view, page=page, status=422 if wrong else 200)
