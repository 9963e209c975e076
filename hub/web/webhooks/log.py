"""What a webhook was told, attempt by attempt, and telling it again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from hub.subscriptions import deliveries, endpoints
from hub.subscriptions.deliveries import STATES, Delivery, Place
from hub.subscriptions.endpoints import Endpoint
from hub.subscriptions.kinds import TEST
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.views import Toast
from hub.web.webhooks.views import Log, LogRows, ToldRow, address

FRESH: Final = timedelta(seconds=30)
"""So long the log looks by itself whether an attempt has ended."""


async def show(asked: Asked) -> Response:
    """GET /webhooks/<webhook>/log?state=&after=&again="""
    webhook_id = asked.path_id("webhook")
    state = next((one for one in STATES if one == asked.query("state")), None)
    after = _place(asked.query("after"))

    def read(session: Any) -> tuple[Endpoint, list[Delivery], inbox.Beside]:
        found = deliveries.deliveries(
            session, asked.viewer, webhook_id, state=state, after=after, limit=deliveries.PAGE + 1
        )
        webhook = endpoints.endpoint(session, webhook_id)
        return webhook, found, inbox.beside(session, asked.viewer)

    webhook, found, around = await asked.read(read)
    rows, older = found[: deliveries.PAGE], None
    if len(found) > len(rows):
        at, key = rows[-1].place
        older = {"after": f"{at.isoformat()}~{key}"} | ({"state": state} if state else {})
    now = asked.site.context.clock.now()
    view = (LogRows if asked.partial else Log)(
        webhook=webhook,
        rows=tuple(_row(one) for one in rows),
        state=state,
        running=after is None and any(_runs(one, now) for one in rows),
        older=older,
    )
    toast = Toast(asked.say("Sent again.")) if asked.query("again") else None
    page = replace(inbox.page_with_rail(asked, around, page="webhooks"), toast=toast)
    return await asked.show(view, page=page)


async def test(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/test: what became of it stands in the log."""
    webhook_id = asked.path_id("webhook")
    await asked.write(deliveries.test, asked.by, webhook_id)
    return asked.go(address(webhook_id, "/log"))


async def again(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/log/<delivery>/again"""
    webhook_id = asked.path_id("webhook")
    await asked.write(deliveries.send_again, asked.by, webhook_id, asked.path_id("delivery"))
    return asked.go(address(webhook_id, "/log?again=1"))


async def all_again(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/log/again: everything that failed."""
    webhook_id = asked.path_id("webhook")
    await asked.read(endpoints.endpoint, webhook_id)
    await asked.write(deliveries.send_failed_again, asked.by, webhook_id)
    return asked.go(address(webhook_id, "/log?again=1"))


def _row(one: Delivery) -> ToldRow:
    sent = json.dumps(json.loads(one.body), ensure_ascii=False, indent=2) if one.body else ""
    over = one.state in ("delivered", "failed", "withheld") and one.kind != TEST
    return ToldRow(one, sent, again=over)


def _runs(one: Delivery, now: datetime) -> bool:
    """Whether somebody waits for its first attempt to end."""
    return one.state in ("queued", "sending") and not one.tries and now - one.due_at < FRESH


def _place(written: str | None) -> Place | None:
    at, _, key = (written or "").partition("~")
    try:
        moment, found = datetime.fromisoformat(at), UUID(key)
    except ValueError:
        return None
    return (moment, found) if moment.tzinfo is not None else None
