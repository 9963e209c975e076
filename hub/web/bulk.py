"""Acts on the conversations that somebody selected, or on everything that a view holds."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.responses import Response

from hub import bulk, jobs
from hub.conversations import bulk as acts
from hub.conversations.acts import NoSuchPerson
from hub.conversations.bulk import NAMES, Outcome, Wanted
from hub.store.database import Session
from hub.store.types import new_id
from hub.web import head, inbox
from hub.web.asked import Asked, status
from hub.web.inbox import shown_work
from hub.web.views import Acted, Toast, Working

MOST_SELECTED: Final = 1000
_LONGEST_VIEW: Final = 1000


class _Refused(Exception):
    """Why it is not done, in the reader's words."""


async def act(asked: Asked) -> Response:
    """POST /inbox/bulk: do ("resolve", "assign=<id>", "snooze=<words>", …), and either `ids` or
    `everything` with the `view` as the query of a URL."""
    try:
        wanted = _wanted(asked)
        wanted.step()
    except _Refused as refused:
        return await _answer(asked, Toast(str(refused)))
    except ValueError:
        raise status(422) from None
    ids = _ids(asked)
    if not asked.field("everything") and not ids:
        return await _answer(asked, Toast(asked.say("Select some conversations first.")))
    try:
        if asked.field("everything") or len(ids) > bulk.AT_ONCE:
            return await _start(asked, wanted, None if asked.field("everything") else ids)
        return await _at_once(asked, wanted, ids)
    except NoSuchPerson:
        raise status(404, asked.say("There is no such agent or team any more.")) from None


async def _start(asked: Asked, wanted: Wanted, ids: list[UUID] | None) -> Response:
    query = parse_qs(asked.field("view")[:_LONGEST_VIEW])
    view = inbox.view_of(asked, QueryParams({key: found[0] for key, found in query.items()}))
    await asked.write(bulk.start, asked.viewer, wanted, view, inbox.moment(asked), ids)
    return await _answer(asked, None)


async def _at_once(asked: Asked, wanted: Wanted, ids: list[UUID]) -> Response:
    together = new_id()
    made = await asked.write(
        acts.do_all,
        asked.viewer,
        ids,
        wanted,
        together=together,
        now=asked.site.context.clock.now(),
    )
    undo = f"/inbox/bulk/{together}/undo" if made.changed else None
    return await _answer(asked, Toast(_said(asked, made), undo))


async def undo(asked: Asked) -> Response:
    """POST /inbox/bulk/<together>/undo: what was done at once."""
    together, now = asked.path_id("together"), asked.site.context.clock.now()

    def put_back(session: Session) -> Outcome:
        ids = acts.acts_of(session, asked.viewer, together, before=None, limit=bulk.AT_ONCE)
        return acts.undo_all(session, asked.viewer, ids, now)

    made = await asked.write(put_back)
    say, text = asked.say, asked.say("Undone")
    if made.refused:
        text = say("Undone, but for %s that have changed meanwhile.") % _number(asked, made.refused)
    return await _answer(asked, Toast(text))


async def work(asked: Asked) -> Response:
    """GET /inbox/work: how the viewer's work on many conversations goes on."""
    now = asked.site.context.clock.now()
    return await asked.show(Working(shown_work(await asked.read(bulk.latest, asked.viewer, now))))


async def stop(asked: Asked) -> Response:
    """POST /inbox/work/<job>/stop"""
    now = asked.site.context.clock.now()
    try:
        await asked.write(bulk.stop, asked.viewer, asked.path_id("job"), now)
    except jobs.NoSuchJob:
        pass  # it has ended meanwhile, and is shown so
    return await _answer(asked, None)


async def undo_work(asked: Asked) -> Response:
    """POST /inbox/work/<job>/undo"""
    now = asked.site.context.clock.now()
    await asked.write(bulk.start_undoing, asked.viewer, asked.path_id("job"), now)
    return await _answer(asked, None)


async def _answer(asked: Asked, toast: Toast | None) -> Response:
    if not asked.partial:
        return asked.go("/inbox")
    now = asked.site.context.clock.now()
    found = None if toast else shown_work(await asked.read(bulk.latest, asked.viewer, now))
    return await asked.show(Acted(found), page=asked.page(toast))


def _number(asked: Asked, number: int) -> str:
    return asked.digits(str(number))


def _said(asked: Asked, made: Outcome) -> str:
    if not made.changed and not made.refused:
        return asked.say("Nothing had to be changed.")
    if made.changed == 1 and not made.refused:
        return asked.say("1 conversation changed")
    return asked.say("%s conversations changed") % _number(asked, made.changed)


def _wanted(asked: Asked) -> Wanted:
    name, _, value = asked.field("do").partition("=")
    if name == "snooze-words":
        name, value = "snooze", asked.field("until").strip()[: head.LONGEST]
        if not value:
            raise _Refused(asked.say("Write till when."))
    if name in ("tag", "untag"):
        value = asked.field("tag")
        if not value.strip():
            raise _Refused(asked.say("Write a tag."))
    if name == "snooze" and value:
        at = head.moment(asked, value, asked.site.context.clock.now())
        if at is None:
            text = asked.say("“%s” is no time to come. Write it like “tomorrow 9” or “in 2 hours”.")
            raise _Refused(text % value)
        value = at.isoformat()
    known = next((one for one in NAMES if one == name), None)
    if known is None:
        raise ValueError(f"there is no act {name!r}")
    return Wanted(known, value)


def _ids(asked: Asked) -> list[UUID]:
    try:
        given = [UUID(one) for one in asked.field("ids").split(",") if one]
    except ValueError:
        raise status(422) from None
    return given[:MOST_SELECTED]
