"""What rules told other programs: state, attempts, answers, and trying again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from starlette.responses import Response

from hub.agents.rights import Right
from hub.rules import webhook_calls
from hub.rules.webhook_calls import STATES, Place, State, Told
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.rules import done
from hub.web.rules.listing import address

PAGE: Final = 50


@dataclass(frozen=True)
class Row:
    """One call. url: of its rule. sent, answered: as JSON that people read."""

    call: Told
    url: str
    sent: str
    answered: str


@dataclass(frozen=True)
class Calls:
    """GET /rules/webhooks

    state: of those that are shown, "" for all. older: the query of the next page. named: the
    webhooks of the settings.
    """

    template: ClassVar[str] = "rules/webhooks.html"

    rows: tuple[Row, ...]
    state: State | None
    named: tuple[str, ...]
    may_edit: bool
    older: Mapping[str, str] | None


async def show(asked: Asked) -> Response:
    """GET /rules/webhooks?state=&after="""
    state = next((one for one in STATES if one == asked.query("state")), None)
    after = _place(asked.query("after"))

    def read(session: Session) -> tuple[list[Told], inbox.Beside]:
        found = webhook_calls.calls(session, asked.viewer, state=state, after=after, limit=PAGE + 1)
        return found, inbox.beside(session, asked.viewer)

    found, around = await asked.read(read)
    rows, older = found[:PAGE], None
    if len(found) > PAGE:
        at, key = rows[-1].place
        older = {"after": f"{at.isoformat()}~{key}"} | ({"state": state} if state else {})
    view = Calls(
        rows=tuple(
            Row(one, address(one.rule), _pretty(one.body), _pretty(one.answer)) for one in rows
        ),
        state=state,
        named=tuple(sorted(asked.site.context.policy().webhooks)),
        may_edit=asked.viewer.may(Right.EDIT_RULES),
        older=older,
    )
    page = inbox.page_with_rail(asked, around, page="rules")
    return await asked.show(view, page=replace(page, toast=done.toast(asked)))


async def retry(asked: Asked) -> Response:
    """POST /rules/webhooks/<call>/retry"""
    name = await asked.write(
        webhook_calls.retry,
        asked.viewer,
        asked.path_id("call"),
        now=asked.site.context.clock.now(),
    )
    return done.go(asked, "/rules/webhooks", "called", name)


def _place(written: str | None) -> Place | None:
    at, _, key = (written or "").partition("~")
    try:
        moment, found = datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None
    return (moment, found) if moment.tzinfo is not None else None


def _pretty(written: str | Mapping[str, Any] | None) -> str:
    value = json.loads(written) if isinstance(written, str) else written
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
