"""The page of one account: how it fares, what it is set to, testing, pausing, removing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.responses import Response

from hub.accounts import Configured, aside, changing
from hub.accounts.changing import State
from hub.agents.rights import Right
from hub.channel import ChannelKind, Finding
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.channels import faring, forms, listing
from hub.web.channels.connecting import typed
from hub.web.channels.views import AccountPage
from hub.web.views import Toast


async def show(asked: Asked) -> Response:
    """GET /channels/<account>"""
    return await _show(asked)


async def save(asked: Asked) -> Response:
    """POST /channels/<account>: the fields of the adapter's form, all of them."""
    found = await listing.find(asked)
    one = _of(asked, found.configured)
    kind = asked.site.context.accounts.kinds.get(one.kind)
    if not one.stored or kind is None:
        raise status(403)
    read = forms.read(kind.settings, typed(asked), one.options, asked.say)
    if read.errors:
        return await _show(asked, options=read.options, errors=read.errors)
    await asked.write(
        changing.change,
        asked.site.context.keys,
        asked.by,
        name=one.name,
        options={**_unseen(kind, one), **read.options},
        secret=forms.secrets_of(kind.settings),
        brand=one.brand,
    )
    return await _show(asked, toast=Toast(asked.say("Saved; the account begins anew.")))


async def test(asked: Asked) -> Response:
    """POST /channels/<account>/test: ask the far side whether settings and credentials are well."""
    found = await listing.find(asked)
    findings = await asked.site.context.accounts.check(_of(asked, found.configured))
    return await _show(asked, findings=findings)


async def pause(asked: Asked) -> Response:
    """POST /channels/<account>/pause"""
    await _set(asked, "paused")
    text = asked.say("Paused. Nothing is read, and answers wait until it goes on.")
    return await _show(asked, toast=Toast(text))


async def resume(asked: Asked) -> Response:
    """POST /channels/<account>/resume"""
    await _set(asked, "resumed")
    return await _show(asked, toast=Toast(asked.say("Goes on.")))


async def remove(asked: Asked) -> Response:
    """POST /channels/<account>/remove"""
    await _set(asked, "removed")
    return asked.go("/channels")


async def restore(asked: Asked) -> Response:
    """POST /channels/<account>/restore"""
    await _set(asked, "restored")
    return asked.go(f"/channels/{asked.request.path_params['account']}")


def _unseen(kind: ChannelKind, one: Configured) -> Mapping[str, object]:
    """What is set but not asked for in the form."""
    asked_for = {field.name for field in forms.fields_of(kind.settings, {}, str)}
    return {name: value for name, value in one.options.items() if name not in asked_for}


def _of(asked: Asked, configured: Mapping[str, Configured]) -> Configured:
    found = configured.get(asked.request.path_params["account"])
    if found is None:
        raise status(404)
    return found


async def _set(asked: Asked, state: State) -> None:
    await asked.write(changing.set_state, asked.by, asked.request.path_params["account"], state)


async def _show(
    asked: Asked,
    *,
    options: Mapping[str, object] | None = None,
    errors: Mapping[str, str] | None = None,
    findings: Sequence[Finding] | None = None,
    toast: Toast | None = None,
) -> Response:
    context = asked.site.context
    found = await listing.find(asked)
    one = _of(asked, found.configured)
    kind = context.accounts.kinds.get(one.kind)
    secrets = forms.secrets_of(kind.settings) if kind else frozenset()
    widget = kind.widget if kind else None
    base = f"{context.settings.server.url}/c/{one.name}/"
    view = AccountPage(
        aside=await asked.read(aside.count, one.name),
        account=faring.shown(one, found.fares[one.name], context),
        stored=one.stored,
        manages=asked.viewer.may(Right.MANAGE_CHANNELS),
        fields=forms.fields_of(
            kind.settings,
            one.options if options is None else options,
            asked.say,
            kept=secrets & set(one.options),
        )
        if kind
        else (),
        errors=errors or {},
        findings=findings,
        snippet=f'<script src="{base}{widget.script}" defer></script>' if widget else None,
        demo=f"/c/{one.name}/{widget.demo}" if widget and not one.paused else None,
    )
    page = replace(inbox.page_with_rail(asked, found.around, page="channels"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)
