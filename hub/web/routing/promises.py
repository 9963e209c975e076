"""Promises: what is promised to whom, in order, with a form for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

from starlette.responses import Response

from hub import jobs
from hub.agents import directory
from hub.promises import REFRESH
from hub.routing import teams
from hub.routing.sla import promising
from hub.routing.sla.promising import Draft, Kept
from hub.settings.values import Wanted, format_duration, parse_duration
from hub.store.database import Session
from hub.text.digits import to_latin
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.routing import views
from hub.web.views import Person, Toast

LENGTHS: Final = ("first_answer", "next_answer", "resolution")
PRIORITIES: Final = {"": None, "1": 1, "2": 2}
_NAME: Final = 80
_STAGES: Final = 400
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


async def show(asked: Asked) -> Response:
    """GET /promises?deleted=<policy>: what was just deleted can be brought back."""

    def read(session: Session) -> tuple[inbox.Beside, list[Kept], list[teams.Summary]]:
        around = inbox.beside(session, asked.viewer)
        return around, promising.policies(session), teams.teams(session)

    around, found, known = await asked.read(read)
    names = {str(one.id): _named(one.name, asked) or one.slug for one in known}
    rows = tuple(
        views.PolicyRow(
            id=one.id,
            name=_named(one.name, asked) or one.slug,
            enabled=one.enabled,
            first_answer=_shown(one.first_answer, asked),
            next_answer=_shown(one.next_answer, asked),
            resolution=_shown(one.resolution, asked),
            office=one.office,
            teams=tuple(names.get(str(team), "?") for team in one.teams),
            stages=one.stages,
            segments=tuple(_segments(asked).get(segment, segment) for segment in one.segments),
            priority=one.priority,
        )
        for one in found
    )
    gone = asked.query("deleted") or ""
    toast = None
    if _UUID.fullmatch(gone) and all(str(one.id) != gone for one in found):
        toast = Toast(asked.say("Promise deleted."), f"/promises/{gone}/restore")
    page = inbox.page_with_rail(asked, around, page="teams", toast=toast)
    return await asked.show(views.Promises(rows), page=page)


async def new(asked: Asked) -> Response:
    """GET /promises/new"""
    return await _form(asked, None, _typed(Draft(name={})))


async def one(asked: Asked) -> Response:
    """GET /promises/<policy>"""
    kept = await _read(asked)
    chosen = frozenset((*map(str, kept.teams), *kept.segments))
    return await _form(asked, kept, _typed(kept), chosen)


async def create(asked: Asked) -> Response:
    """POST /promises/new"""
    draft, errors = _draft(asked)
    if draft is None:
        return await _refused(asked, None, errors)
    await _change(asked, promising.create, draft)
    return asked.go("/promises")


async def save(asked: Asked) -> Response:
    """POST /promises/<policy>"""
    kept = await _read(asked)
    draft, errors = _draft(asked)
    if draft is None:
        return await _refused(asked, kept, errors)
    await _change(asked, promising.save, kept.id, draft)
    return asked.go("/promises")


async def switch(asked: Asked) -> Response:
    """POST /promises/<policy>/switch: on."""
    await _change(asked, promising.switch, asked.path_id("policy"), asked.field("on") == "1")
    return asked.go("/promises")


async def move(asked: Asked) -> Response:
    """POST /promises/<policy>/move: by."""
    by = {"-1": -1, "1": 1}.get(asked.field("by"))
    if by is None:
        raise status(422)
    await _change(asked, promising.move, asked.path_id("policy"), by)
    return asked.go("/promises")


async def delete(asked: Asked) -> Response:
    """POST /promises/<policy>/delete"""
    policy_id = asked.path_id("policy")
    await _change(asked, promising.remove, policy_id)
    return asked.go(f"/promises?deleted={policy_id}")


async def restore(asked: Asked) -> Response:
    """POST /promises/<policy>/restore: as it was before it was deleted."""
    await _change(asked, promising.restore, asked.path_id("policy"))
    return asked.go_whole("/promises")


async def _change(asked: Asked, function: Callable[..., object], *args: object) -> None:
    """Write it, and let all open conversations be looked at again in the background."""

    def write(session: Session) -> None:
        function(session, by, *args)
        jobs.enqueue(session, REFRESH, by.now, agent_id=by.viewer.agent_id)

    by = asked.by
    await asked.write(write)


async def _read(asked: Asked) -> Kept:
    return await asked.read(promising.policy, asked.path_id("policy"))


async def _refused(asked: Asked, kept: Kept | None, errors: Mapping[str, str]) -> Response:
    typed = {name: str(value) for name, value in asked.form.items() if isinstance(value, str)}
    chosen = frozenset(
        str(one) for field in ("team", "segment") for one in asked.form.getlist(field)
    )
    return await _form(asked, kept, typed, chosen, errors)


async def _form(
    asked: Asked,
    kept: Kept | None,
    typed: Mapping[str, str],
    chosen: frozenset[str] = frozenset(),
    errors: Mapping[str, str] | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, list[teams.Summary]]:
        return inbox.beside(session, asked.viewer), teams.teams(session)

    around, known = await asked.read(read)
    shown = views.Promise(
        id=kept.id if kept else None,
        title=(_named(kept.name, asked) or kept.slug) if kept else asked.say("New promise"),
        typed=typed,
        chosen=chosen,
        teams=tuple(Person(one.id, _named(one.name, asked) or one.slug, "team") for one in known),
        segments=tuple(_segments(asked).items()),
        errors=errors or {},
    )
    page = inbox.page_with_rail(asked, around, page="teams")
    return await asked.show(shown, page=page, status=422 if errors else 200)


def _draft(asked: Asked) -> tuple[Draft | None, dict[str, str]]:
    """What the form says, or what is wrong with it by field."""
    errors: dict[str, str] = {}
    names = {
        locale: given
        for locale in ("en", "fa")
        if (given := asked.field(f"name-{locale}").strip()[:_NAME])
    }
    if not names:
        errors["name"] = asked.say("The promise needs a name.")
    lengths = {name: _length(asked, name, errors) for name in LENGTHS}
    if not errors and not any(lengths.values()):
        errors["first_answer"] = asked.say("Promise at least one of the three.")
    warn = _length(asked, "warn_before", errors)
    stages = asked.field("stages")[:_STAGES].replace("،", ",").split(",")
    if errors:
        return None, errors
    return Draft(
        name=names,
        **lengths,
        warn_before=warn or timedelta(),
        office=asked.field("office") != "wall",
        enabled=asked.field("enabled") == "1",
        teams=tuple(_ids(asked)),
        stages=tuple(stage for one in stages if (stage := one.strip())),
        segments=tuple(
            str(one) for one in asked.form.getlist("segment") if one in _segments(asked)
        ),
        priority=PRIORITIES.get(asked.field("priority")),
    ), errors


def _length(asked: Asked, name: str, errors: dict[str, str]) -> timedelta | None:
    text = to_latin(asked.field(name)).strip().lower()
    if not text:
        return None
    try:
        length = parse_duration(text)
    except Wanted:
        length = timedelta()
    if not timedelta() < length <= timedelta(days=366):
        errors[name] = asked.say("Write a length of time such as 30m, 4h, 1h30m or 3d.")
        return None
    return length


def _ids(asked: Asked) -> list[UUID]:
    found = []
    for one in asked.form.getlist("team"):
        try:
            found.append(UUID(str(one)))
        except ValueError:
            raise status(422) from None
    return found


def _typed(draft: Draft) -> dict[str, str]:
    """The fields of the form."""
    return {
        "name-en": draft.name.get("en", ""),
        "name-fa": draft.name.get("fa", ""),
        **{name: _text(cast("timedelta | None", getattr(draft, name))) or "" for name in LENGTHS},
        "warn_before": _text(draft.warn_before) or "",
        "office": "office" if draft.office else "wall",
        "enabled": "1" if draft.enabled else "",
        "stages": ", ".join(draft.stages),
        "priority": "" if draft.priority is None else str(draft.priority),
    }


def _text(length: timedelta | None) -> str | None:
    return None if length is None else format_duration(length)


def _shown(length: timedelta | None, asked: Asked) -> str | None:
    """A length in words: "1h 30m". Forty hours stay hours, for they are office hours."""
    if length is None:
        return None
    days, rest = divmod(length, timedelta(days=1))
    hours, minutes = divmod((length if rest else rest) // timedelta(minutes=1), 60)
    say, persian = asked.say, asked.locale == "fa"
    counted = ((0 if rest else days, say("{}d")), (hours, say("{}h")), (minutes, say("{}m")))
    parts = [unit.format(asked.digits(str(count))) for count, unit in counted if count]
    return (" و " if persian else " ").join(parts) or _text(length)


def _segments(asked: Asked) -> dict[str, str]:
    """The names of all segments by their ids."""
    known = asked.site.context.policy().segments.segments
    return {one.id: _named(one.name, asked) or one.id for one in known}


def _named(name: Mapping[str, str], asked: Asked) -> str | None:
    return directory.localized(name, asked.viewer.locale)
