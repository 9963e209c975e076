"""Accounts: where customers write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field, JsonValue

from hub import accounts
from hub.accounts import Configured, aside, changing
from hub.accounts.aside import Aside
from hub.accounts.changing import NameTaken, NoSuchAccount
from hub.agents.rights import Right
from hub.channel import ChannelKind
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call
from hub.web.api.model import Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, moment, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import ShortName, require_storable
from hub.web.api.resources.shared import ONE, WHEN
from hub.web.channels import forms
from hub.web.channels.faring import Fares, health
from hub.web.words import words

resource = Resource(
    "Accounts",
    "Where customers write, and how it fares.",
    refuses={NameTaken: problem.CONFLICT},
)

AccountPath = Annotated[str, Path(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$")]
Options = Annotated[dict[str, JsonValue], Field(max_length=60)]


class Account(Shown):
    """A connected account. options: as set, secrets left out; `secrets` names those that are."""

    model_config = example(
        name="sales-bot", kind="telegram", stored=True, paused=False, removed=False,
        options={"mode": "poll"}, secrets=["token"], fault=None, last_message_at=WHEN,
        last_error=None, queued=0, set_aside=0,
    )  # fmt: skip

    name: str
    kind: str
    stored: bool = Field(description="False: it stands in the settings file and is changed there")
    paused: bool
    removed: bool
    options: dict[str, Any]
    secrets: list[str]
    fault: str | None
    last_message_at: datetime | None
    last_error: str | None
    queued: int
    set_aside: int = Field(description="How much could not be handled, see `/aside`")


class NewAccount(Given):
    """An account to be connected; its options are those of its kind."""

    model_config = example(name="sales-bot", kind="telegram", options={"token": "123:sample"})

    name: ShortName
    kind: ShortName
    options: Options


class AccountChange(Given):
    """What of an account is to be changed. A secret that is left out stays."""

    model_config = example(options={"mode": "poll"})

    options: Options


class AccountState(Given):
    """What is to become of an account."""

    model_config = example(state="paused")

    state: Literal["paused", "resumed", "removed", "restored"]


class AccountFinding(Shown):
    """Something that a test found."""

    model_config = Shown.model_config | example(what="the token", ok=True, detail="", fix="")

    what: str
    ok: bool
    detail: str
    fix: str = Field(description="How to mend it")


class AccountTest(Shown):
    """What the far side says of settings and credentials."""

    model_config = example(findings=[{"what": "the token", "ok": True, "detail": "", "fix": ""}])

    findings: list[AccountFinding]


class SetAside(Shown):
    """Something that came and could not be handled."""

    model_config = Shown.model_config | example(
        id=ONE, account="sales-bot", external_id="4711", media_type="application/json",
        reason="there is no such kind of update", at=WHEN, size=312,
    )  # fmt: skip

    id: UUID
    account: str
    external_id: str
    media_type: str
    reason: str
    at: datetime
    size: int | None


class Replayed(Shown):
    """What came of reading it again; reason: why it still can not be handled."""

    model_config = example(handled=True, reason=None)

    handled: bool
    reason: str | None


@resource.get("/accounts", needs=Right.SEE_CHANNELS)
async def page(call: Call, paging: Paged) -> Page[Account]:
    """List the accounts of settings and pages, those that were removed last."""

    def read(session: Session) -> list[Account]:
        found = _all(session, call)
        fares = {one.account: one for one in health(session, found, call.now).accounts}
        return [_shown(session, call, one, fares.get(one.name)) for one in found.values()]

    return paged(await call.read(read), paging, key=lambda one: one.name, show=lambda one: one)


@resource.get("/accounts/{account}", needs=Right.SEE_CHANNELS)
async def show(call: Call, account: AccountPath) -> Account:
    """Show an account, without its secrets."""

    def read(session: Session) -> Account:
        one = _one(session, call, account)
        [fares] = health(session, [account], call.now).accounts
        return _shown(session, call, one, fares)

    return await call.read(read)


@resource.post("/accounts", needs=Right.MANAGE_CHANNELS, status=201)
async def connect(call: Call, given: NewAccount) -> Account:
    """Connect an account."""
    require_storable(given.options)
    kind = call.context.accounts.kinds.get(given.kind)
    if kind is None or not kind.offered:
        offered = sorted(k for k, one in call.context.accounts.kinds.items() if one.offered)
        raise Problem(problem.REFUSED, f"there is no kind {given.kind}; there are {offered}")
    if given.name == "new" or given.name in call.context.settings.channels:
        raise NameTaken(f"an account is called {given.name}, or was")
    options = _read(kind, given.options, {})

    await call.act(
        changing.connect,
        call.context.keys,
        call.by,
        name=given.name,
        kind=kind.kind,
        options=options,
        secret=forms.secrets_of(kind.settings),
    )
    return await show(call, given.name)


@resource.patch("/accounts/{account}", needs=Right.MANAGE_CHANNELS)
async def change(call: Call, account: AccountPath, given: AccountChange) -> Account:
    """Change an account's options; it begins anew. What is left out stays."""
    require_storable(given.options)

    def write(session: Session) -> None:
        one = _one(session, call, account)
        kind = call.context.accounts.kinds.get(one.kind)
        if not one.stored or kind is None:
            raise Problem(problem.CONFLICT, "this account stands in the settings file")
        changing.change(
            session,
            call.context.keys,
            call.by,
            name=one.name,
            options=_read(kind, {**one.options, **given.options}, one.options),
            secret=forms.secrets_of(kind.settings),
            brand=one.brand,
        )

    await call.act(write)
    return await show(call, account)


@resource.post("/accounts/{account}/state", needs=Right.MANAGE_CHANNELS)
async def set_state(call: Call, account: AccountPath, given: AccountState) -> Account:
    """Pause, resume, remove or restore an account."""
    await call.act(changing.set_state, call.by, account, given.state)
    return await show(call, account)


@resource.post("/accounts/{account}/test", needs=Right.SEE_CHANNELS)
async def test(call: Call, account: AccountPath) -> AccountTest:
    """Ask the far side whether settings and credentials are well."""
    one = await call.read(_one, call, account)
    findings = await call.context.accounts.check(one)
    return AccountTest(findings=[AccountFinding.model_validate(found) for found in findings])


@resource.get("/accounts/{account}/aside", needs=Right.MANAGE_CHANNELS)
async def set_aside(call: Call, account: AccountPath, paging: Paged) -> Page[SetAside]:
    """List what came and could not be handled, the latest first."""
    place = paging.place(moment, UUID)
    found: list[Aside] = await call.read(
        aside.page,
        account,
        before=(place[0], place[1]) if place else None,
        limit=paging.ahead,
    )
    shown, more = paging.part(found, lambda one: (one.at, one.id))
    return Page(items=[SetAside.model_validate(one) for one in shown], next=more)


@resource.post("/accounts/{account}/aside/{original_id}", needs=Right.MANAGE_CHANNELS)
async def replay(call: Call, account: AccountPath, original_id: Id) -> Replayed:
    """Read once more what was set aside."""
    if await call.read(aside.one, account, original_id) is None:
        raise NoSuchAccount("nothing of this id is set aside")
    reason = await call.context.accounts.replay(account, original_id)
    return Replayed(handled=reason is None, reason=reason)


def _read(
    kind: ChannelKind, wanted: Mapping[str, Any], stored: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The options as the adapter takes them. Raises Problem."""
    read = forms.check(kind.settings, wanted, stored, words("en"))
    if read.errors:
        told = "; ".join(f"{name}: {text}" for name, text in sorted(read.errors.items())[:5])
        raise Problem(problem.REFUSED, told)
    return read.options


def _all(session: Session, call: ApiCall) -> dict[str, Configured]:
    context = call.context
    found = accounts.configured(session, context.settings, context.keys)
    gone = accounts.stored(session, context.keys)
    return {**found, **{name: one for name, one in gone.items() if one.removed}}


def _one(session: Session, call: ApiCall, name: str) -> Configured:
    found = _all(session, call).get(name)
    if found is None:
        raise NoSuchAccount(f"there is no account {name}")
    return found


def _shown(session: Session, call: ApiCall, one: Configured, fares: Fares | None) -> Account:
    kind = call.context.accounts.kinds.get(one.kind)
    # Of a kind that is not installed here nobody knows which options are secrets.
    secrets = forms.secrets_of(kind.settings) if kind else frozenset(one.options)
    return Account(
        name=one.name,
        kind=one.kind,
        stored=one.stored,
        paused=one.paused,
        removed=one.removed,
        options={name: value for name, value in one.options.items() if name not in secrets},
        secrets=sorted(secrets & set(one.options)),
        fault=one.fault or call.context.accounts.faults.get(one.name),
        last_message_at=fares.last_message_at if fares else None,
        last_error=fares.last_error if fares else None,
        queued=fares.queued if fares else 0,
        set_aside=aside.count(session, one.name),
    )
