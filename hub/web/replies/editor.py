"""The editor of one text of a template: written, kept aside as a draft, made live, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right
from hub.calendars import zone
from hub.replies import FILTERS, VARIABLES, Key, cards, drafts, editing
from hub.replies.attached import files_of
from hub.replies.cards import StillUsed
from hub.replies.drafts import Overtaken
from hub.replies.editing import LONGEST, Conflict
from hub.replies.filters import MEANINGS
from hub.replies.library import HTML, TEXT, form_of
from hub.replies.revisions import newest
from hub.replies.samples import SAMPLES
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.replies import previewing, which
from hub.web.replies.views import EditorPage, Fault
from hub.web.rules.comparing import compared
from hub.web.views import Person, Toast

if TYPE_CHECKING:
    from hub.replies.drafts import Draft


async def edit(asked: Asked) -> Response:
    """GET /templates/<name>/<locale>?form=&live=1: the draft where there is one, else what is
    live; with `live`, that in any case."""
    key = which.key_of(asked)
    row = (await asked.read(newest, key)).get(key)
    draft = await asked.read(drafts.draft, key)
    source = row.source if row else ""
    if draft is not None and not asked.query("live"):
        source = draft.source
    elif not source:
        source = await _beginning(asked, key)
    toast = None
    if asked.query("removed") and row is not None and not row.source:
        toast = Toast(
            asked.say("Removed: %s") % str(key),
            which.bare_path_of(key, "/restore"),
            {"form": key.form, "revision": str(row.revision - 1)},
        )
    return await editor(
        asked, key, source, base=row.revision if row else 0, draft=draft, toast=toast
    )


async def save(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>?form=: source, base; version of the draft; draft ("1": keep
    it aside). Refuses to make live what could not be sent."""
    key, source = which.key_of(asked), which.source_of(asked)
    await asked.read(which.changeable, asked, key.name)
    base, version = which.number_of(asked.field("base")), which.number_of(asked.field("version"))
    if base is None:
        raise status(422)
    if asked.field("draft"):
        return await _keep(asked, key, source, base, version or 0)
    found = await faults(asked, key, source)
    if found:
        draft = await asked.read(drafts.draft, key)
        return await editor(asked, key, source, base=base, draft=draft, faults=found)
    try:
        await asked.write(_publish, asked, key, source, base)
    except Conflict as conflict:
        return await editor(asked, key, source, base=conflict.revision, theirs=conflict.source)
    return await saved(asked, key, asked.say("Saved. It is live."))


async def discard(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/discard?form=: gives the draft up."""
    key = which.key_of(asked)

    def write(session: Session) -> None:
        which.changeable(session, asked, key.name)
        drafts.discard(session, key)

    await asked.write(write)
    return asked.go(which.path_of(key))


async def remove(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/remove?form=: base. The text is there no more; what was
    saved before can be brought back."""
    key, base = which.key_of(asked), which.number_of(asked.field("base"))
    now, used = asked.site.context.clock.now(), which.used_by(asked, key.name)
    if base is None:
        raise status(422)

    def write(session: Session) -> None:
        which.changeable(session, asked, key.name)
        editing.remove(
            session, key, base=base, used=used, agent_id=asked.viewer.agent_id, now=now,
            address=asked.address,
        )  # fmt: skip

    try:
        await asked.write(write)
    except LookupError:
        raise status(404) from None
    except StillUsed as still:
        row = (await asked.read(newest, key))[key]
        text = asked.say("It stays: it is still sent by %s.") % ", ".join(still.by)
        return await editor(asked, key, row.source, base=row.revision, toast=Toast(text), code=409)
    except Conflict as conflict:
        return await editor(
            asked, key, conflict.source, base=conflict.revision, theirs=conflict.source
        )
    path = which.path_of(key)
    return asked.go(f"{path}{'&' if '?' in path else '?'}removed=1")


async def faults(asked: Asked, key: Key, source: str) -> tuple[Fault, ...]:
    """Why a text can not be made live: told by its line, for every channel."""
    context = asked.site.context
    if len(source) > LONGEST:
        return (Fault(None, asked.say("This text is too long.")),)
    accounts, limits = context.policy().accounts, dict[str, int | None]()
    for name, carries in context.capabilities.items():
        if name in accounts:
            limits[accounts[name].kind] = carries.text_limit
    found = await asyncio.to_thread(
        partial(
            editing.faults,
            key,
            source,
            organisation=context.policy().brand_name,
            zone=zone(str(context.policy().organisation.time_zone)),
            now=context.clock.now(),
            limits=limits,
            links=context.settings.templates.links,
        )
    )
    return tuple(Fault(one.line, one.reason) for one in found)


async def saved(asked: Asked, key: Key, text: str) -> Response:
    """The editor with what is live now."""
    row = (await asked.read(newest, key))[key]
    return await editor(asked, key, row.source, base=row.revision, toast=Toast(text))


async def editor(
    asked: Asked,
    key: Key,
    source: str,
    *,
    base: int,
    draft: Draft | None = None,
    faults: tuple[Fault, ...] = (),
    theirs: str | None = None,
    toast: Toast | None = None,
    code: int = 200,
) -> Response:
    """The page of the editor. theirs: what somebody else saved meanwhile."""

    def read(session: Session) -> tuple[EditorPage, inbox.Beside]:
        card = which.seen(session, asked, key.name)
        live = newest(session)
        row = live.get(key)
        there = {one for one, it in live.items() if one.name == key.name and it.source}
        teams = directory.teams(session, asked.viewer.agent_id, asked.viewer.locale)
        return EditorPage(
            key=key,
            source=source,
            base=base,
            state=_state(key, row is not None and bool(row.source), row is None or row.shipped),
            others=tuple(sorted(there)),
            forms=_forms(asked, key, there),
            draft=draft,
            card=card,
            purpose=asked.say(card.purpose) if card.purpose else "",
            changes=cards.may_change(asked.viewer, card),
            shares=asked.viewer.may(Right.EDIT_TEMPLATES),
            teams=tuple(Person(team.id, team.name, "team") for team in teams),
            used=which.used_by(asked, key.name),
            files=tuple(files_of(session, key.name)),
            variables={name: asked.say(about) for name, about in VARIABLES.items()},
            filters={name: asked.say(MEANINGS[name]) for name in sorted(FILTERS)},
            faults=faults,
            conflict=compared(theirs, source) if theirs is not None else (),
        ), inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    view = replace(
        view,
        previews=await previewing.previews(asked, key, source, asked.field("of") or SAMPLES[0]),
        accounts=await previewing.accounts(asked),
    )
    page = replace(inbox.page_with_rail(asked, around, page="templates"), toast=toast)
    refused = bool(faults) or theirs is not None
    return await asked.show(view, page=page, status=422 if refused else code)


async def _keep(asked: Asked, key: Key, source: str, base: int, version: int) -> Response:
    """Keep a text aside; it may be one that could not be sent yet."""
    if len(source) > LONGEST:
        fault = Fault(None, asked.say("This text is too long."))
        return await editor(asked, key, source, base=base, faults=(fault,))
    try:
        await asked.write(
            drafts.keep, key, source, base=base, version=version,
            agent_id=asked.viewer.agent_id, now=asked.site.context.clock.now(),
        )  # fmt: skip
    except Overtaken as overtaken:
        theirs = overtaken.draft.source if overtaken.draft is not None else ""
        return await editor(asked, key, source, base=base, draft=overtaken.draft, theirs=theirs)
    draft = await asked.read(drafts.draft, key)
    toast = Toast(asked.say("Kept as a draft. What is live stays as it is."))
    return await editor(asked, key, source, base=base, draft=draft, toast=toast)


def _publish(session: Session, asked: Asked, key: Key, source: str, base: int) -> None:
    which.changeable(session, asked, key.name)
    editing.save(
        session,
        key,
        source,
        base=base,
        agent_id=asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
        address=asked.address,
    )


async def _beginning(asked: Asked, key: Key) -> str:
    """What a new text begins from: the general one of its language, or another language of the
    same, to be translated; HTML from its text in paragraphs."""
    live = await asked.read(newest)
    texts = {one: row.source for one, row in live.items() if one.name == key.name and row.source}
    nearest = sorted(
        texts,
        key=lambda one: (one.form != key.form, one.locale != key.locale, one.form != TEXT, one),
    )
    return next((texts[one] for one in nearest if (one.form == HTML) == (key.form == HTML)), "")


def _state(key: Key, there: bool, shipped: bool) -> str:
    if not there:
        return "new"
    if shipped:
        return "shipped"
    return "edited" if key in which.shipped_texts() else "own"


def _forms(asked: Asked, key: Key, there: Collection[Key]) -> tuple[tuple[Key, bool], ...]:
    """The forms that the template can have in this language, and whether it has them."""
    kinds = sorted(
        {one.kind for one in asked.site.context.policy().accounts.values()} - {"memory"}
        | {"mail", "telegram", "webchat"}
    )
    forms = dict.fromkeys([TEXT, HTML, *map(form_of, kinds), key.form])
    return tuple((one, one in there) for form in forms for one in (key._replace(form=form),))
