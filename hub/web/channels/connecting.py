"""Connecting an account: what can be connected, and the form that its adapter makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from hub.accounts import changing
from hub.accounts.changing import NameTaken
from hub.channel import ChannelKind
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.channels import forms
from hub.web.channels.views import ChooseKind, Connect, Offer

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_TAKEN_WORDS: Final = frozenset({"new"})


async def choose(asked: Asked) -> Response:
    """GET /channels/new"""
    offers = tuple(offer for offer, _, _ in _offers(asked))
    around = await asked.read(inbox.beside, asked.viewer)
    page = inbox.page_with_rail(asked, around, page="channels")
    return await asked.show(ChooseKind(offers), page=page)


async def form(asked: Asked) -> Response:
    """GET /channels/new/<offer>"""
    _, kind, options = _offer(asked)
    return await _show(asked, options, kind)


async def connect(asked: Asked) -> Response:
    """POST /channels/new/<offer>: name, and the fields of the adapter's form."""
    _, kind, options = _offer(asked)
    context = asked.site.context
    name = asked.field("name").strip().lower()
    found = forms.read(kind.settings, typed(asked), options, asked.say)
    errors = dict(found.errors)
    if not _NAME.fullmatch(name) or name in _TAKEN_WORDS:
        errors["name"] = asked.say(
            "Write a short name like sales-bot: Latin letters, digits and hyphens."
        )
    elif name in context.settings.channels:
        errors["name"] = asked.say("An account has this name, or had it. Choose another.")
    if not errors:
        try:
            await asked.write(
                changing.connect,
                context.keys,
                asked.by,
                name=name,
                kind=kind.kind,
                options={**options, **found.options},
                secret=forms.secrets_of(kind.settings),
            )
        except NameTaken:
            errors["name"] = asked.say("An account has this name, or had it. Choose another.")
    if errors:
        return await _show(asked, {**options, **found.options}, kind, name=name, errors=errors)
    return asked.go(f"/channels/{name}")


def typed(asked: Asked) -> Mapping[str, str]:
    """The fields of the form as they were typed."""
    return {name: value for name, value in asked.form.items() if isinstance(value, str)}


def _offers(asked: Asked) -> list[tuple[Offer, ChannelKind, Mapping[str, str]]]:
    """What can be connected: each kind of account, and after it what is offered of it."""
    found: list[tuple[Offer, ChannelKind, Mapping[str, str]]] = []
    for kind in asked.site.context.accounts.kinds.values():
        if kind.offered:
            found.append((Offer(kind.kind, kind.label, kind.mark), kind, {}))
            found += [
                (Offer(one.name, one.label, one.mark), kind, one.options) for one in kind.presets
            ]
    return found


def _offer(asked: Asked) -> tuple[Offer, ChannelKind, Mapping[str, str]]:
    wanted = asked.request.path_params["offer"]
    for one in _offers(asked):
        if one[0].name == wanted:
            return one
    raise status(404)


async def _show(
    asked: Asked,
    options: Mapping[str, object],
    kind: ChannelKind,
    *,
    name: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    offer, _, _ = _offer(asked)
    around = await asked.read(inbox.beside, asked.viewer)
    view = Connect(
        offer=offer,
        fields=forms.fields_of(kind.settings, options, asked.say),
        name=name,
        errors=errors or {},
    )
    page = inbox.page_with_rail(asked, around, page="channels")
    return await asked.show(view, page=page, status=422 if errors else 200)
