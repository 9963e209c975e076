"""Messages and notes, as they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from hub.conversations.addressed import Addressed, Recipient
from hub.conversations.thread import Spoken
from hub.message import Html, Survey
from hub.web.items.deliveries import delivery
from hub.web.items.names import Names, key
from hub.web.items.parts import choices, parts
from hub.web.rows import person_name
from hub.web.views import Letter, Note, Quoted, Said

RUN: Final = timedelta(minutes=5)
"""How long one author's messages stand under one heading."""


def message(one: Spoken, last: Spoken | None, names: Names) -> Said | Note:
    """One of them. last: the message right before it, if there is one."""
    if one.direction == "note":
        return Note(
            id=one.id,
            key=key(one),
            author=_author(one, names),
            at=one.at,
            text=one.text,
            parts=parts(one, names),
            form_key=one.form_key,
        )
    return Said(
        id=one.id,
        key=key(one),
        side="customer" if one.direction == "in" else "team",
        author=_author(one, names),
        channel=one.channel or "",
        at=one.at,
        text=one.text,
        parts=parts(one, names),
        head=not _goes_on(one, last),
        letter=_letter(one, names),
        delivery=delivery(one, names),
        rule=one.rule,
        why=names.why(one.why),
        explained=names.path(f"messages/{one.id}/why"),
        link=names.path(f"messages/{one.id}"),
        participant=one.participant,
        edited=one.edited,
        deleted=one.deleted,
        automated=one.automated and one.direction == "in",
        flagged=one.flagged is not None,
        form_key=one.form_key,
        choices=tuple(choices(one)),
        reactions=one.reactions,
        quoted=_quoted(one, last, names),
    )


def _author(one: Spoken, names: Names) -> str:
    if one.direction == "in":
        return person_name(one.author, one.address_kind, one.address, None, names.say)
    if any(isinstance(block, Survey) for block in one.content):
        return names.say("Survey")
    return one.author or names.say("Rule")


def _goes_on(one: Spoken, last: Spoken | None) -> bool:
    """Whether it stands under the heading of the message before it."""
    return (
        last is not None
        and one.channel != "mail"
        and last.direction == one.direction
        and last.channel == one.channel
        and last.address == one.address
        and last.agent_id == one.agent_id
        and last.rule == one.rule
        and timedelta() <= one.at - last.at < RUN
    )


def _letter(one: Spoken, names: Names) -> Letter | None:
    if one.channel != "mail":
        return None
    original = None
    # Where no more was written than stands there, nothing leads to the same once more.
    if any(isinstance(block, Html) for block in one.content):
        original = names.path(f"messages/{one.id}/original")
    # The subject of an answer says again what stands above.
    subject = one.subject if one.direction == "in" else None
    addressed = Addressed.load(one.addressed)
    outward = one.direction == "out"
    return Letter(
        subject=subject,
        original=original,
        source=names.path(f"messages/{one.id}/source") if one.direction == "in" else None,
        # Of an answer the address stands above it; of what came, our own says little alone.
        to=_people(addressed.to) if not outward and (addressed.cc or len(addressed.to) > 1) else (),
        cc=_people(addressed.cc),
        bcc=_people(addressed.bcc) if outward else (),
    )


def _people(recipients: Iterable[Recipient]) -> tuple[str, ...]:
    return tuple(str(one) for one in recipients)


def _quoted(one: Spoken, last: Spoken | None, names: Names) -> Quoted | None:
    """What it answers, unless that stands right above. Every mail answers the one before."""
    target = one.answers
    if target is None or one.channel == "mail" or (last is not None and last.id == target.id):
        return None
    return Quoted(
        text=target.text,
        link=names.path(f"messages/{target.id}"),
        target=target.id,
        side="customer" if target.direction == "in" else "team",
    )
