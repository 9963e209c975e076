"""Changing reply templates: each save is a revision over the one before, nothing is overwritten."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.audit import Action, By, note
from hub.message import Media, plain_text
from hub.replies import attached, cards, drafts
from hub.replies.errors import TemplateError
from hub.replies.library import HTML, MAIL, TEXT, Key, Library, Written
from hub.replies.revisions import newest
from hub.replies.samples import SAMPLES, variables
from hub.store.statements import insert_new, table_of
from hub.store.tables import Agent, TemplateRevision
from hub.store.types import new_id
from hub.store.versions import policy_changed

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
LOCALE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", re.ASCII)
FORM: Final = re.compile(r"html|([a-z][a-z0-9]{0,19}\.)?txt", re.ASCII)
LONGEST: Final = 10_000
_ACTING: Final = re.compile(
    r"<\s*(script|style|iframe|form|input|button|object|embed|meta|link|base|svg)\b"
    r"|\bon[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)
"""What no mail program shows, or what would act in one that does."""

State = Literal["shipped", "edited", "own"]
"""As it came with Payam; changed over what came; made here."""


class Conflict(Exception):
    """Somebody else saved this template meanwhile; `revision` is theirs, `source` what it says."""

    def __init__(self, revision: int, source: str) -> None:
        super().__init__("somebody else saved this template meanwhile")
        self.revision = revision
        self.source = source


@dataclass(frozen=True)
class Variant:
    """One text of a template, as it is live. by: None for what came with Payam."""

    key: Key
    revision: int
    source: str
    state: State
    at: datetime
    by: str | None


@dataclass(frozen=True)
class Saving:
    """One revision of a variant."""

    revision: int
    source: str
    shipped: bool
    at: datetime
    by: str | None


def variants(session: Session, shipped: Collection[Key]) -> list[Variant]:
    """Every live variant by name and language; `shipped`: those that come with this version."""
    table = table_of(Agent)
    rows = newest(session)
    authors = {row.agent_id for row in rows.values() if row.agent_id}
    names = dict(
        session.execute(select(table.c.id, table.c.name).where(table.c.id.in_(authors))).all()
    )
    return [
        Variant(
            key,
            row.revision,
            row.source,
            "shipped" if row.shipped else "edited" if key in shipped else "own",
            row.at,
            names.get(row.agent_id) if row.agent_id else None,
        )
        for key, row in sorted(rows.items())
        if row.source
    ]


def history(
    session: Session, key: Key, *, before: int | None = None, limit: int = 50
) -> list[Saving]:
    """The revisions of a variant, the newest first, below a revision where one is given."""
    table, agent = table_of(TemplateRevision), table_of(Agent)
    query = (
        select(table.c.revision, table.c.source, table.c.shipped, table.c.at, agent.c.name)
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(table.c.name == key.name, table.c.locale == key.locale, table.c.form == key.form)
        .order_by(table.c.revision.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(table.c.revision < before)
    return [Saving(*row) for row in session.execute(query)]


def faults(
    key: Key,
    source: str,
    *,
    organisation: str,
    zone: tzinfo,
    now: datetime,
    limits: Mapping[str, int | None] | None = None,
    links: Mapping[str, str] | None = None,
) -> list[TemplateError]:
    """What is wrong with a text: it can not be read, or not be written out for the sample of some
    channel, or is more than that channel carries.

    limits: how many characters the kinds of channels carry, None where there is no end.
    """
    found: dict[tuple[int | None, str], TemplateError] = {}
    given = limits if limits is not None else {MAIL: None}
    kinds = [key.channel] if key.channel is not None else sorted({*given, MAIL})
    for sample in SAMPLES:
        for kind in kinds:
            known = variables(sample, key.locale, organisation, now, channel=kind)
            try:
                content = written(key, source, known, zone=zone, links=links).content
            except TemplateError as error:
                found.setdefault((error.line, error.reason), error)
                continue
            limit, length = given.get(kind), len(plain_text(content))
            if limit is not None and length > limit:
                reason = f"it gives {length:,} characters; {kind} carries {limit:,}"
                found.setdefault((None, reason), TemplateError(str(key), reason))
    if key.form == HTML:
        for number, line in enumerate(source.split("\n"), 1):
            if (act := _ACTING.search(line)) is not None:
                reason = f"mail shows no '{act[0].strip()}'; remove it"
                found[number, reason] = TemplateError(str(key), reason, number)
    return list(found.values())


def written(
    key: Key,
    source: str,
    given: dict[str, object],
    *,
    zone: tzinfo,
    beside: Mapping[Key, str] | None = None,
    files: Mapping[tuple[str, str | None], Sequence[Media]] | None = None,
    links: Mapping[str, str] | None = None,
    channel: str | None = None,
) -> Written:
    """What a text becomes with these variables, where its form is sent: by mail for HTML.

    beside: the other texts of the template. channel: another kind than that of the form.

    Raises TemplateError.
    """
    sources = {**(beside or {}), key: source}
    text = key._replace(form=TEXT)
    if key.form == HTML and text not in sources:
        # HTML stands beside a text; alone it is looked at beside any.
        sources[text] = "–"
    library = Library(sources, zone=zone, fallback=(key.locale,), files=files, links=links)
    return library.write(key.name, key.locale, given, channel=channel or key.channel)


def save(
    session: Session,
    key: Key,
    source: str,
    *,
    base: int,
    shipped: bool = False,
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> int:
    """Make a text live; its revision. A text that is live already makes no new one.

    base: the revision that the author saw, 0 for a new variant. shipped: it is what came with
    Payam, so that a new version may change it again. The caller has looked for `faults`.

    Raises Conflict.
    """
    row = newest(session, key).get(key)
    present = row.revision if row else 0
    if present != base:
        raise Conflict(present, row.source if row else "")
    if row is not None and row.source == source and row.shipped == shipped:
        return present
    made = insert_new(
        session,
        TemplateRevision,
        [
            {
                "id": new_id(),
                "name": key.name,
                "locale": key.locale,
                "form": key.form,
                "revision": present + 1,
                "source": source,
                "digest": hashlib.sha256(source.encode()).hexdigest(),
                "shipped": shipped,
                "agent_id": agent_id,
                "at": now,
            }
        ],
        returning=("revision",),
    )
    if not made:
        found = newest(session, key)[key]
        raise Conflict(found.revision, found.source)
    note(
        session,
        _did(present, source),
        agent_id=agent_id,
        now=now,
        subject=f"template:{key}",
        address=address,
        before={"revision": present} if present else None,
        after={"revision": present + 1},
    )
    policy_changed(session)
    # What was written aside is live now, or was overtaken by what is.
    drafts.discard(session, key)
    return present + 1


def remove(
    session: Session,
    key: Key,
    *,
    base: int,
    used: Sequence[str] = (),
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> int:
    """Let a text of a template be there no more: a revision that says nothing, so that the ones
    before can be brought back. used: who sends the template by itself; its last text stays then.

    Raises Conflict, StillUsed; LookupError for one that is not there.
    """
    live = newest(session)
    row = live.get(key)
    if row is None or not row.source:
        raise LookupError(f"there is no {key}")
    others = [
        one
        for one, other in live.items()
        if one.name == key.name and one != key and other.source and one.form != HTML
    ]
    if used and key.form != HTML and not others:
        raise cards.StillUsed(used)
    return save(session, key, "", base=base, agent_id=agent_id, now=now, address=address)


def duplicate(
    session: Session,
    by: By,
    name: str,
    to: str,
) -> None:
    """Write another template that says the same, with its files.

    Raises cards.NoSuchTemplate, cards.NameTaken; LookupError for one that nobody wrote.
    """
    card = cards.cards(session, by.viewer)[name]
    live = {key: row.source for key, row in newest(session).items() if key.name == name}
    if not any(live.values()):
        raise LookupError(f"there is no template {name}")
    cards.copy(session, by.viewer, card, to, by.now)
    for key, source in live.items():
        if source:
            copy = key._replace(name=to)
            save(
                session, copy, source, base=0, agent_id=by.viewer.agent_id, now=by.now,
                address=by.address,
            )  # fmt: skip
    for one in attached.files_of(session, name):
        attached.attach(
            session,
            to,
            one.locale,
            one.media,
            agent_id=by.viewer.agent_id,
            now=by.now,
            address=by.address,
        )


def _did(present: int, source: str) -> Action:
    if not source:
        return "removed a text of a template"
    return "changed a template" if present else "wrote a template"
