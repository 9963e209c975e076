"""Webhooks in each state, and what one of them was told."""

from __future__ import annotations

from datetime import timedelta

from hub.subscriptions.deliveries import Delivery, State, Try
from hub.subscriptions.endpoints import Endpoint, Reason
from hub.subscriptions.endpoints import State as EndpointState
from hub.web.webhooks.views import (
    KindChoice,
    KindGroup,
    Log,
    ToldRow,
    Typed,
    WebhookPage,
    Webhooks,
)
from tests.web.gallery.sample import NOW, ago, made

SECRET = "whsec_c2FtcGxlIHNlY3JldCBvZiB0aGUgZ2FsbGVyeQ=="
_BODY = '{\n  "type": "message.received"\n}'


def _endpoint(name: str, state: EndpointState, reason: Reason | None = None) -> Endpoint:
    failing = ago(9000) if reason == "failing" or name == "Warehouse" else None
    return Endpoint(
        id=made(name),
        name=name,
        url=f"https://{name.lower().replace(' ', '-')}.example.org/hook",
        kinds=("message.received", "rating.received") if state == "on" else (),
        words=True,
        agent_id=made("sara"),
        agent="Sara",
        state=state,
        reason=reason,
        failing_since=failing,
        delivered_at=ago(3) if state == "on" else None,
        two_secrets_until=NOW + timedelta(hours=3) if name == "Sample CRM" else None,
        created_at=ago(90_000),
        removed_at=None,
        waiting=4 if failing else 0,
        failed=2 if failing else 0,
    )


def _told(number: int, state: State, tries: tuple[Try, ...], body: str | None = _BODY) -> ToldRow:
    told = Delivery(
        id=made(f"told {number}"),
        endpoint_id=made("Sample CRM"),
        kind="message.received" if number else "webhook.test",
        state=state,
        conversation_id=made("one") if body and number else None,
        number=number or None,
        body=body,
        tries=tries,
        created_at=ago(number),
        due_at=NOW + timedelta(minutes=5),
        finished_at=None,
    )
    return ToldRow(told, body or "", again=state in ("delivered", "failed", "withheld"))


def view(page: str) -> Webhooks | WebhookPage | Log:
    """The page of this name: list, one or log."""
    crm = _endpoint("Sample CRM", "on")
    if page == "one":
        kinds = (KindChoice("message.received", "A customer wrote.", chosen=True),)
        typed = Typed(crm.name, crm.url, every=False, kinds=frozenset(crm.kinds))
        errors = {"url": "Write an address that begins with https://."}
        return WebhookPage(
            crm, (KindGroup("messages", kinds),), typed, own=False, errors=errors, secret=SECRET
        )
    if page == "log":
        well = Try(ago(1), 200, None, '{"ok": true}', 0.041)
        ill = Try(ago(2), 503, "it answered with status 503", "busy", 2.5)
        rows = (
            _told(0, "failed", (ill,)),
            _told(4, "queued", (ill, ill)),
            _told(3, "delivered", (ill, well)),
            _told(2, "withheld", (), None),
        )
        return Log(crm, rows, None, running=False)
    return Webhooks(
        (
            crm,
            _endpoint("Warehouse", "on"),
            _endpoint("Old shop", "ended", "failing"),
            _endpoint("Trial", "off"),
        ),
        (_endpoint("Gone", "off"),),
    )
