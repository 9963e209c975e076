"""How long settled conversations are kept, with what was exported and erased beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from hub.privacy import ages
from hub.privacy.ages import LONGEST, Ages
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Job
from hub.text.digits import to_latin
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.customers.privacy import KINDS, jobs_of, running
from hub.web.customers.views import JobRow, PrivacyPage
from hub.web.views import Toast

USUAL: Final = "usual"
_DAY: Final = timedelta(days=1)


async def show(asked: Asked) -> Response:
    """GET /customers/privacy"""
    return await _page(asked)


async def save(asked: Asked) -> Response:
    """POST /customers/privacy: usual and age-<kind>, in days ("0": for ever; a kind without one is
    kept as usual), and sure ("1") where more is erased than until now."""
    context = asked.site.context
    now = context.clock.now()
    typed = {USUAL: asked.field(USUAL).strip()[:12]}
    typed |= {
        name: value.strip()[:12]
        for name, value in asked.form.items()
        if isinstance(value, str) and name.startswith("age-") and name[4:] in _kinds(asked)
    }
    errors: dict[str, str] = {}
    read = {name: _age(asked, name, text, errors) for name, text in typed.items()}
    if errors:
        return await _page(asked, typed, errors)
    channels = {name[4:]: age for name, age in read.items() if name != USUAL and age is not None}
    wanted = Ages(read[USUAL] or timedelta(), channels)

    def compare(session: Session) -> tuple[Ages, int, int]:
        before = ages.live(session, context.settings)
        more = ages.too_old(session, wanted, now)
        return before, more, ages.too_old(session, before, now)

    before, more, until_now = await asked.read(compare)
    if more > until_now and asked.field("sure") != "1":
        return await _page(asked, typed, {"sure": asked.say("Say that you are sure.")}, doomed=more)
    await asked.write(ages.change, context.settings, asked.by, wanted)
    back = {**_fields(before), "sure": "1"}
    toast = Toast(asked.say("Saved"), "/customers/privacy", back)
    return await _page(asked, toast=toast)


def _kinds(asked: Asked) -> tuple[str, ...]:
    """The kinds by which customers can write, the simulator's too where it is connected."""
    connected = {account.kind for account in asked.site.context.policy().accounts.values()}
    return tuple(sorted(connected | set(asked.site.context.settings.retention.channels)))


def _age(asked: Asked, name: str, text: str, errors: dict[str, str]) -> timedelta | None:
    if not text:
        return None
    try:
        age = float(to_latin(text).replace("٫", ".")) * _DAY
    except (ValueError, OverflowError):
        age = -_DAY
    if not timedelta() <= age <= LONGEST:
        errors[name] = asked.say("Write a number of days; 0 is for ever.")
    return age


def _fields(found: Ages) -> dict[str, str]:
    """The ages as the form's fields."""
    named = {USUAL: found.usual, **{f"age-{kind}": age for kind, age in found.channels.items()}}
    return {name: f"{age / _DAY:g}" for name, age in named.items()}


async def _page(
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    doomed: int = 0,
    toast: Toast | None = None,
) -> Response:
    def load(session: Session) -> tuple[Ages, tuple[JobRow, ...], inbox.Beside]:
        which = (table_of(Job).c.kind.in_(KINDS),)
        found = jobs_of(session, asked.say, which, own=asked.viewer.agent_id)
        live = ages.live(session, asked.site.context.settings)
        return live, found, inbox.beside(session, asked.viewer)

    live, found, around = await asked.read(load)
    view = PrivacyPage(
        kinds=tuple(sorted({*_kinds(asked), *live.channels})),
        typed=_fields(live) if typed is None else typed,
        jobs=found,
        running=running(found),
        errors=errors or {},
        doomed=doomed,
    )
    page = replace(inbox.page_with_rail(asked, around, page="privacy"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)
