"""What somebody would read on each channel, and a test of it sent to oneself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents.letters import linked, queue_content
from hub.calendars import zone
from hub.conversations.access import visible
from hub.message import Buttons, Html, Media, Text
from hub.replies import Key, TemplateError, editing
from hub.replies.attached import files_of
from hub.replies.editing import LONGEST
from hub.replies.library import HTML, MAIL, Written
from hub.replies.orders import purchases
from hub.replies.revisions import live_templates
from hub.replies.samples import SAMPLES, variables
from hub.security.html import clean_html
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer
from hub.web.asked import Asked, status
from hub.web.replies import which
from hub.web.replies.views import Fault, Preview, Previews, Tried

ALWAYS: Final = ("mail", "telegram", "webchat")
"""The kinds of channels that are shown, whether connected or not."""


async def preview(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/preview?form=: source, of."""
    key = which.key_of(asked)
    await asked.read(which.seen, asked, key.name)
    view = await previews(asked, key, which.source_of(asked), asked.field("of"))
    if not view.faults:
        return await asked.show(view)
    response = await asked.show(replace(view, alone=True))
    response.headers["HX-Retarget"] = "#reply-faults"
    return response


async def test(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/test?form=: source, of, by (an account's name). Sends what
    is in the form to the agent's own address."""
    key, source, of = which.key_of(asked), which.source_of(asked), asked.field("of")
    await asked.read(which.seen, asked, key.name)
    account = asked.site.context.policy().accounts.get(asked.field("by"))
    if account is None or len(source) > LONGEST:
        raise status(422)
    given = await _given(asked, key, of)
    if given is None:
        return await asked.show(Tried(why=asked.say("There is no such conversation.")))
    now = asked.site.context.clock.now()
    try:
        # A text for one channel stays what it is, whichever way the test goes.
        kinds = (key.channel or account.kind,)
        (made,) = await _written(asked, key, source, given, kinds)
    except TemplateError as error:
        return await asked.show(Tried(why=str(error)))
    subject = made.subject or asked.say("Test of %s") % key.name
    viewer = asked.viewer

    def queue(session: Session) -> str | None:
        return queue_content(
            session,
            viewer.agent_id,
            made.content,
            account=account.name,
            mail=viewer.mail if account.kind == MAIL else None,
            subject=subject if account.kind == MAIL else None,
            now=now,
        )

    to = await asked.write(queue)
    if to is None:
        why = asked.say("You have no address of your own there; link one in your settings.")
        return await asked.show(Tried(why=why))
    return await asked.show(Tried(to=to))


async def previews(asked: Asked, key: Key, source: str, of: str) -> Previews:
    """What a text becomes on each channel that it is for."""
    given = await _given(asked, key, of)
    if given is None:
        return Previews(key.locale, of, missing=True)
    if len(source) > LONGEST:
        fault = Fault(None, asked.say("This text is too long."))
        return Previews(key.locale, of, faults=(fault,))
    kinds = (key.channel,) if key.channel is not None else _kinds(asked)
    try:
        made = await _written(asked, key, source, given, kinds)
    except TemplateError as error:
        return Previews(key.locale, of, faults=(Fault(error.line, error.reason),))
    shown = tuple(_shown(kind, one, key) for kind, one in zip(kinds, made, strict=True))
    return Previews(key.locale, of, shown=shown)


async def accounts(asked: Asked) -> tuple[tuple[str, str], ...]:
    """The accounts by which the viewer can get a test, as pairs of name and kind."""
    link = await asked.read(linked, asked.viewer.agent_id)
    known = asked.site.context.policy().accounts.values()
    return tuple((one.name, one.kind) for one in known if one.kind == MAIL or one.name == link)


def _kinds(asked: Asked) -> tuple[str, ...]:
    connected = {one.kind for one in asked.site.context.policy().accounts.values()}
    return (*ALWAYS, *sorted(connected - {*ALWAYS, "memory"}))


def _shown(kind: str, made: Written, key: Key) -> Preview:
    page = next((block.html for block in made.content if isinstance(block, Html)), None)
    return Preview(
        kind,
        text=next(block for block in made.content if isinstance(block, Text)),
        buttons=next((block for block in made.content if isinstance(block, Buttons)), None),
        files=tuple(one.blob for one in made.content if isinstance(one, Media) and one.blob),
        subject=made.subject,
        html=clean_html(page).html if page is not None and key.form == HTML else None,
        beside=page is not None and key.form != HTML,
    )


@dataclass(frozen=True)
class _Beside:
    """What stands beside a text: the other texts of its template, and the files."""

    texts: Mapping[Key, str]
    files: Mapping[tuple[str, str | None], Sequence[Media]]


def _beside(session: Session, key: Key) -> _Beside:
    # A text for one channel stands before the one of every channel; in its preview that would show
    # what the form does not say.
    texts = {
        one: text
        for one, text in live_templates(session).items()
        if one.name == key.name and (key.channel is not None or one.form == HTML)
    }
    files: dict[tuple[str, str | None], list[Media]] = {}
    for one in files_of(session, key.name):
        files.setdefault((key.name, one.locale), []).append(one.media)
    return _Beside(texts, files)


async def _written(
    asked: Asked,
    key: Key,
    source: str,
    given: Mapping[str, Any],
    kinds: Sequence[str],
) -> list[Written]:
    """What a text becomes on each of these kinds of channels. Raises TemplateError."""
    beside = await asked.read(_beside, key)
    context = asked.site.context

    def write() -> list[Written]:
        return [
            editing.written(
                key,
                source,
                dict(given),
                zone=zone(str(context.policy().organisation.time_zone)),
                beside=beside.texts,
                files=beside.files,
                links=context.settings.templates.links,
                channel=kind,
            )
            for kind in kinds
        ]

    return await asyncio.to_thread(write)


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
    name, attributes, conversation, subject, team_id, orders = found
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
        **orders,
    }


def _customer_of(
    session: Session, asked: Asked, number: int
) -> tuple[str | None, dict[str, Any], int, str | None, UUID | None, dict[str, Any]] | None:
    conversation, customer = table_of(Conversation), table_of(Customer)
    row = session.execute(
        select(
            customer.c.name,
            customer.c.attributes,
            conversation.c.number,
            conversation.c.subject,
            conversation.c.team_id,
            conversation.c.customer_id,
        )
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(conversation.c.number == number, visible(asked.viewer))
    ).first()
    return (*row[:5], purchases(session, row.customer_id)) if row else None
