"""The list of reply templates, the editor, and the revisions."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.calendars import zone
from hub.conversations.access import visible
from hub.message import Buttons, Text
from hub.replies import FILTERS, VARIABLES, Key, TemplateError, editing, template_files
from hub.replies.editing import LOCALE, LONGEST, NAME, Conflict
from hub.replies.revisions import newest
from hub.replies.samples import SAMPLES, variables
from hub.replies.template import BUTTONS_LINE
from hub.shipped import shipped
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer
from hub.text import snippet
from hub.web import inbox
from hub.web.asked import Asked, Shown, status
from hub.web.replies.views import (
    EditorPage,
    Fault,
    HistoryPage,
    Listed,
    Preview,
    TemplatesPage,
)
from hub.web.rules.comparing import compared
from hub.web.views import Toast

PAGE: Final = 50
_TAGS: Final = re.compile(r"{[%#].*?[%#]}", re.DOTALL)


async def show(asked: Asked) -> Response:
    """GET /templates?q=…"""
    return await _list(asked)


async def create(asked: Asked) -> Response:
    """POST /templates: name, locale. Opens the editor; the template is there once it is saved."""
    typed = {"name": asked.field("name").strip().lower(), "locale": asked.field("locale").strip()}
    errors = {}
    if not NAME.fullmatch(typed["name"]):
        errors["name"] = asked.say(
            "Write a short name of lower-case letters, digits and hyphens, such as opening-hours."
        )
    if not LOCALE.fullmatch(typed["locale"]):
        errors["locale"] = asked.say("Write a language such as en, fa or fa-AF.")
    if errors:
        return await _list(asked, typed=typed, errors=errors)
    return asked.go(f"/templates/{typed['name']}/{typed['locale']}")


async def edit(asked: Asked) -> Response:
    """GET /templates/<name>/<locale>"""
    key = _key(asked)
    row = (await asked.read(newest, key)).get(key)
    source = row.source if row else await _beginning(asked, key)
    return await _editor(asked, key, source, base=row.revision if row else 0)


async def save(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>: source, base. Refuses what could not be sent."""
    key, source = _key(asked), _source(asked)
    given = asked.field("base")
    if not given.isdecimal() or len(given) > 9:
        raise status(422)
    found = await _faults(asked, key, source)
    if found:
        return await _editor(asked, key, source, base=int(given), faults=found)
    try:
        await asked.write(
            editing.save,
            key,
            source,
            base=int(given),
            agent_id=asked.viewer.agent_id,
            now=asked.site.context.clock.now(),
            address=asked.address,
        )
    except Conflict as conflict:
        return await _editor(asked, key, source, base=conflict.revision, theirs=conflict.source)
    return await _saved(asked, key, asked.say("Saved. It is live."))


async def preview(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/preview: source, of."""
    return await asked.show(await _preview(asked, _key(asked), _source(asked), asked.field("of")))


async def revisions(asked: Asked) -> Response:
    """GET /templates/<name>/<locale>/revisions?before=&revision="""
    key = _key(asked)
    wanted = asked.query("revision") or ""
    text = asked.query("before") or ""
    before = int(text) if text.isdecimal() and len(text) < 10 else None

    def read(session: Session) -> tuple[HistoryPage, inbox.Beside]:
        # One more than is shown: what the oldest one changed is told by the one before it.
        found = editing.history(session, key, before=before, limit=PAGE + 1)
        live = newest(session, key).get(key)
        if not found or live is None:
            raise status(404)
        shown = found[:PAGE]
        opened = next((one for one in shown if str(one.revision) == wanted), shown[0])
        older = next((one for one in found if one.revision < opened.revision), None)
        page = HistoryPage(
            name=key.name,
            locale=key.locale,
            savings=tuple(shown),
            opened=opened,
            live=live.revision,
            lines=compared(older.source if older else "", opened.source),
            against=compared(live.source, opened.source),
            older=found[PAGE - 1].revision if len(found) > PAGE else None,
            shippable=key in _shipped() and not live.shipped,
        )
        return page, inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="templates"))


async def restore(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/restore: revision, or "shipped" for what came with Payam."""
    key, wanted = _key(asked), asked.field("revision")
    as_shipped = wanted == "shipped"
    now = asked.site.context.clock.now()

    def bring_back(session: Session) -> None:
        if as_shipped:
            source = _shipped().get(key)
        else:
            asked_for = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else 0
            found = editing.history(session, key, before=asked_for + 1, limit=1)
            source = found[0].source if found and found[0].revision == asked_for else None
        live = newest(session, key).get(key)
        if source is None or live is None:
            raise status(404)
        editing.save(
            session,
            key,
            source,
            base=live.revision,
            shipped=as_shipped,
            agent_id=asked.viewer.agent_id,
            now=now,
            address=asked.address,
        )

    await asked.write(bring_back)
    return await _saved(asked, key, asked.say("Restored. It is live."))


async def _saved(asked: Asked, key: Key, text: str) -> Response:
    row = (await asked.read(newest, key))[key]
    return await _editor(asked, key, row.source, base=row.revision, toast=Toast(text))


async def _list(
    asked: Asked, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    found = await asked.read(editing.variants, _shipped())
    search = (asked.query("q") or "").strip()[:80].casefold()
    used = Counter(
        name
        for rule in asked.site.context.policy().rules.rules
        for kind, name, _ in rule.names()
        if kind == "template"
    )
    listed = []
    for name, group in groupby(found, key=lambda one: one.key.name):
        variants = tuple(group)
        if search and not any(search in f"{name}\n{one.source}".casefold() for one in variants):
            continue
        mine = next((one for one in variants if one.key.locale == asked.locale), variants[0])
        words = _TAGS.sub(" ", mine.source.partition(BUTTONS_LINE)[0])
        listed.append(Listed(name, variants, snippet(words, 120), used[name]))
    view = TemplatesPage(
        tuple(listed), search=search, typed=typed or {"locale": asked.locale}, errors=errors or {}
    )
    return await _shown(asked, view, status=422 if errors else 200)


async def _editor(
    asked: Asked,
    key: Key,
    source: str,
    *,
    base: int,
    faults: tuple[Fault, ...] = (),
    theirs: str | None = None,
    toast: Toast | None = None,
) -> Response:
    live = await asked.read(newest)
    row = live.get(key)
    state = "new" if row is None else "shipped" if row.shipped else "edited"
    view = EditorPage(
        name=key.name,
        locale=key.locale,
        source=source,
        base=base,
        state="own" if state == "edited" and key not in _shipped() else state,
        others=tuple(sorted(one.locale for one in live if one.name == key.name and one != key)),
        preview=await _preview(asked, key, source, asked.field("of") or SAMPLES[0]),
        variables={name: asked.say(about) for name, about in VARIABLES.items()},
        filters=tuple(sorted(FILTERS)),
        faults=faults,
        conflict=compared(theirs, source) if theirs is not None else (),
    )
    refused = bool(faults) or theirs is not None
    return await _shown(asked, view, status=422 if refused else 200, toast=toast)


async def _shown(
    asked: Asked, view: Shown, *, status: int = 200, toast: Toast | None = None
) -> Response:
    around = await asked.read(inbox.beside, asked.viewer)
    page = replace(inbox.page_with_rail(asked, around, page="templates"), toast=toast)
    return await asked.show(view, page=page, status=status)


async def _preview(asked: Asked, key: Key, source: str, of: str) -> Preview:
    given = await _given(asked, key, of)
    if given is None:
        return Preview(key.locale, of, missing=True)
    try:
        content = await asyncio.to_thread(
            editing.written, key, source, given, zone=zone(_time_zone(asked))
        )
    except TemplateError as error:
        return Preview(key.locale, of, faults=(Fault(error.line, error.reason),))
    return Preview(
        key.locale,
        of,
        text=next((block for block in content if isinstance(block, Text)), None),
        buttons=next((block for block in content if isinstance(block, Buttons)), None),
    )


async def _given(asked: Asked, key: Key, of: str) -> dict[str, Any] | None:
    """The variables of a sample, or of a conversation's customer by its number."""
    context = asked.site.context
    now, organisation = context.clock.now(), context.policy().brand_name
    sample = next((one for one in SAMPLES if one == of), None)
    if sample is not None or not of:
        return variables(sample or SAMPLES[0], key.locale, organisation, now)
    number = of.strip().lstrip("#")
    if not number.isdecimal() or len(number) > 12:
        return None
    found = await asked.read(_customer_of, asked, int(number))
    if found is None:
        return None
    name, attributes, conversation, subject, team_id = found
    hours = context.policy().hours
    office = hours.get(team_id) or hours[None]
    return {
        "customer": {"name": name, "locale": key.locale, "attributes": attributes},
        "conversation": {"number": conversation, "subject": subject},
        "hours": {
            "open": office.is_open(now),
            "opens_at": None if office.is_open(now) else office.next_open(now),
            "closes_at": office.next_close(now) if office.is_open(now) else None,
        },
        "organisation": {"name": organisation},
        "agent": {"name": asked.viewer.name},
        "now": now,
    }


def _customer_of(
    session: Session, asked: Asked, number: int
) -> tuple[str | None, dict[str, Any], int, str | None, UUID | None] | None:
    conversation, customer = table_of(Conversation), table_of(Customer)
    row = session.execute(
        select(
            customer.c.name,
            customer.c.attributes,
            conversation.c.number,
            conversation.c.subject,
            conversation.c.team_id,
        )
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(conversation.c.number == number, visible(asked.viewer))
    ).first()
    return tuple(row) if row else None


async def _faults(asked: Asked, key: Key, source: str) -> tuple[Fault, ...]:
    context = asked.site.context
    if len(source) > LONGEST:
        return (Fault(None, asked.say("This text is too long.")),)
    found = await asyncio.to_thread(
        editing.faults,
        key,
        source,
        organisation=context.policy().brand_name,
        zone=zone(_time_zone(asked)),
        now=context.clock.now(),
    )
    return tuple(Fault(one.line, one.reason) for one in found)


async def _beginning(asked: Asked, key: Key) -> str:
    """What a new variant begins from: another language of the same template, to be translated."""
    live = await asked.read(newest)
    return next((row.source for one, row in sorted(live.items()) if one.name == key.name), "")


def _time_zone(asked: Asked) -> str:
    return str(asked.site.context.policy().organisation.time_zone)


def _key(asked: Asked) -> Key:
    name, locale = asked.request.path_params["name"], asked.request.path_params["locale"]
    if not NAME.fullmatch(name) or not LOCALE.fullmatch(locale):
        raise status(404)
    return Key(name, locale)


def _source(asked: Asked) -> str:
    """The text as it is kept: lines end as in files, and the last one ends too."""
    text = asked.field("source").replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return f"{text}\n" if text else ""


@cache
def _shipped() -> dict[Key, str]:
    return dict(template_files(shipped("templates") / "replies"))
