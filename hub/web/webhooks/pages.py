"""The list of webhooks, and the page of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from hub.subscriptions import endpoints
from hub.subscriptions.endpoints import Endpoint
from hub.subscriptions.kinds import KINDS
from hub.subscriptions.wanted import Invalid, Wanted, faults
from hub.text.marking import in_words
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.views import Toast
from hub.web.webhooks.views import (
    KindChoice,
    KindGroup,
    NewWebhook,
    Typed,
    WebhookPage,
    Webhooks,
    address,
    undo_of,
)

_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "messages": ("message.", "delivery.", "button.", "note."),
    "conversations": ("conversation.", "messages.", "act.", "participant."),
    "results": ("rating.", "survey.", "sla."),
    "customers": ("customer.", "identity."),
}


async def show(asked: Asked) -> Response:
    """GET /webhooks?removed=<webhook>: what was just removed can be brought back."""

    def read(session: Any) -> tuple[Webhooks, inbox.Beside]:
        found = Webhooks(
            tuple(endpoints.endpoints(session)), tuple(endpoints.endpoints(session, removed=True))
        )
        return found, inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    gone = next((one for one in view.removed if str(one.id) == asked.query("removed")), None)
    toast = None
    if gone is not None:
        toast = Toast(asked.say("Webhook removed: %s") % gone.name, address(gone.id, "/restore"))
    page = replace(inbox.page_with_rail(asked, around, page="webhooks"), toast=toast)
    return await asked.show(view, page=page)


async def new(asked: Asked) -> Response:
    """GET /webhooks/new"""
    return await _new(asked, Typed())


async def create(asked: Asked) -> Response:
    """POST /webhooks/new: name, url, words, which ("all" or "some"), kind (many). Shows the secret,
    this once."""
    typed = _typed(asked)
    context = asked.site.context
    try:
        webhook_id, secret = await asked.write(
            endpoints.create,
            context.keys,
            asked.by,
            _wanted(asked, typed),
            networks=context.settings.webhooks.networks,
        )
    except Invalid as wrong:
        return await _new(asked, typed, _said(asked, wrong))
    return await _one(asked, webhook_id, secret=secret)


async def one(asked: Asked) -> Response:
    """GET /webhooks/<webhook>"""
    return await _one(asked, asked.path_id("webhook"))


async def save(asked: Asked) -> Response:
    """POST /webhooks/<webhook>: as that of a new one, or `kinds` with commas between them."""
    webhook_id, typed = asked.path_id("webhook"), _typed(asked)
    try:
        before = await asked.read(endpoints.endpoint, webhook_id)
        await asked.write(
            endpoints.change,
            asked.by,
            webhook_id,
            _wanted(asked, typed),
            networks=asked.site.context.settings.webhooks.networks,
        )
    except Invalid as wrong:
        return await _one(asked, webhook_id, typed=typed, errors=_said(asked, wrong))
    if asked.partial:
        # By the undo of a toast.
        return asked.go_whole(address(webhook_id))
    toast = Toast(asked.say("Saved"), address(webhook_id), undo_of(before))
    return await _one(asked, webhook_id, toast=toast)


async def switch_on(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/on: missed, "1" to tell what happened meanwhile as well."""
    missed = asked.field("missed") == "1"
    return await _act(asked, endpoints.switch_on, asked.say("Switched on."), missed=missed)


async def switch_off(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/off"""
    text = asked.say("Switched off. What happens meanwhile can be told later.")
    undo = address(asked.path_id("webhook"), "/on")
    return await _act(asked, endpoints.switch_off, text, undo=(undo, {"missed": "1"}))


async def renew_secret(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/secret: shows the new one, this once."""
    webhook_id = asked.path_id("webhook")
    secret = await asked.write(
        endpoints.renew_secret, asked.site.context.keys, asked.by, webhook_id
    )
    return await _one(asked, webhook_id, secret=secret)


async def end_old_secret(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/secret/end"""
    text = asked.say("Only the new secret signs from now on.")
    return await _act(asked, endpoints.end_old_secret, text)


async def remove(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/remove"""
    webhook_id = asked.path_id("webhook")
    await asked.write(endpoints.remove, asked.by, webhook_id)
    return asked.go(f"/webhooks?removed={webhook_id}")


async def restore(asked: Asked) -> Response:
    """POST /webhooks/<webhook>/restore: it is back, and off."""
    webhook_id = asked.path_id("webhook")
    await asked.write(endpoints.restore, asked.by, webhook_id)
    return asked.go_whole(address(webhook_id))


# --- parts ---------------------------------------------------------------------------------------


def _typed(asked: Asked) -> Typed:
    kinds = {one for one in asked.form.getlist("kind") if isinstance(one, str)}
    kinds |= set(filter(None, asked.field("kinds").split(",")))
    return Typed(
        name=asked.field("name"),
        url=asked.field("url"),
        words=asked.field("words") == "1",
        every=asked.field("which") == "all",
        kinds=frozenset(kinds),
    )


def _wanted(asked: Asked, typed: Typed) -> Wanted:
    """Raises Invalid."""
    kinds = () if typed.every else tuple(sorted(typed.kinds))
    wanted = Wanted(typed.name, typed.url, kinds, typed.words)
    if not typed.every and not kinds:
        networks = asked.site.context.settings.webhooks.networks
        errors = dict(faults(wanted, networks))
        raise Invalid(errors | {"kinds": asked.say("Choose one event at least.")})
    return wanted


def _said(asked: Asked, wrong: Invalid) -> dict[str, str]:
    return {name: in_words(text, asked.say) for name, text in wrong.errors.items()}


def _groups(asked: Asked, typed: Typed) -> tuple[KindGroup, ...]:
    return tuple(
        KindGroup(
            group,
            tuple(
                KindChoice(name, asked.say(kind.about), chosen=name in typed.kinds)
                for name, kind in KINDS.items()
                if name.startswith(beginnings)
            ),
        )
        for group, beginnings in _GROUPS.items()
    )


def _as_typed(webhook: Endpoint) -> Typed:
    return Typed(
        webhook.name, webhook.url, webhook.words, not webhook.kinds, frozenset(webhook.kinds)
    )


async def _new(asked: Asked, typed: Typed, errors: Mapping[str, str] | None = None) -> Response:
    around = await asked.read(inbox.beside, asked.viewer)
    view = NewWebhook(_groups(asked, typed), typed, errors or {})
    page = inbox.page_with_rail(asked, around, page="webhooks")
    return await asked.show(view, page=page, status=422 if errors else 200)


async def _one(
    asked: Asked,
    webhook_id: UUID,
    *,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    secret: str | None = None,
    toast: Toast | None = None,
) -> Response:
    def read(session: Any) -> tuple[Endpoint, inbox.Beside]:
        found = endpoints.endpoint(session, webhook_id)
        return found, inbox.beside(session, asked.viewer)

    webhook, around = await asked.read(read)
    if webhook.removed_at is not None:
        raise status(404)
    shown = typed or _as_typed(webhook)
    view = WebhookPage(
        webhook=webhook,
        groups=_groups(asked, shown),
        typed=shown,
        own=webhook.agent_id == asked.viewer.agent_id,
        errors=errors or {},
        secret=secret,
    )
    page = replace(inbox.page_with_rail(asked, around, page="webhooks"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)


async def _act(
    asked: Asked,
    act: Callable[..., None],
    text: str,
    *,
    undo: tuple[str, Mapping[str, str]] | None = None,
    **how: Any,
) -> Response:
    webhook_id = asked.path_id("webhook")
    await asked.write(act, asked.by, webhook_id, **how)
    if asked.partial:
        return asked.go_whole(address(webhook_id))
    toast = Toast(text, *undo) if undo is not None else Toast(text)
    return await _one(asked, webhook_id, toast=toast)
