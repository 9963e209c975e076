"""Changes of the live rules by people, each a revision, none lost when two change at once.

A change names the revision that its author saw. What others saved since is kept when it concerns
other rules; when it concerns the same rule, nothing is saved and both texts are given back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from hub.agents import audit
from hub.rules.pieces import NotThere, Pieces, as_item, one_rule, split, switched
from hub.rules.writing import rewritten
from hub.store.tables import RuleRevision
from hub.store.versions import policy_changed


@dataclass(frozen=True)
class Saved:
    """What saving came to.

    revision: the new one, or the live one where nothing changed. before: the live one until then,
    None where there was none. others: somebody saved other rules meanwhile, which were kept.
    """

    revision: int | None
    before: int | None
    key: str | None = None
    others: bool = False


class Conflict(Exception):
    """Somebody changed the same rule meanwhile.

    theirs: its text now, None where they removed it. revision: the one to go on from.
    """

    def __init__(self, theirs: str | None, revision: int | None) -> None:
        super().__init__("somebody else changed this rule meanwhile")
        self.theirs = theirs
        self.revision = revision


def newest(session: Session, *, locked: bool = False) -> RuleRevision | None:
    """The live revision. locked: nobody else saves until the transaction ends (PostgreSQL)."""
    query = (
        select(RuleRevision)
        .where(col(RuleRevision.live).is_(True))
        .order_by(col(RuleRevision.id).desc())
        .limit(1)
    )
    row: RuleRevision | None = session.exec(query).first()
    while locked and row is not None:
        session.exec(
            select(RuleRevision)
            .where(col(RuleRevision.id) == row.id)
            .with_for_update(key_share=True)
        ).one()
        again: RuleRevision | None = session.exec(query).first()
        if again is not None and again.id == row.id:
            return row
        row = again
    return row


def save_text(session: Session, source: str, *, agent_id: UUID | None, now: datetime) -> Saved:
    """Make a whole text live. An equal one makes no revision."""
    before = newest(session, locked=True)
    return _keep(session, before, source, agent_id, now)


def save_rule(
    session: Session,
    key: str | None,
    text: str,
    *,
    base: int | None,
    agent_id: UUID | None,
    now: datetime,
) -> Saved:
    """Save one rule's text; without a key a new one, put before the last default.

    Raises Conflict, and what `hub.rules.pieces.one_rule` raises for a text that is no rule.
    """
    item = as_item(text)
    before = newest(session, locked=True)
    pieces = split(before.source if before else "")
    others = before is not None and before.id != base
    if key is None:
        changed = pieces.inserted(item, _first_default(pieces))
    else:
        theirs = _text(pieces, key)
        if others and theirs != _then(session, base, key):
            raise Conflict(theirs, before.id if before else None)
        changed = pieces.inserted(item, _first_default(pieces)) if theirs is None else (
            pieces.with_text(key, item)
        )  # fmt: skip
    saved = _keep(session, before, str(changed), agent_id, now)
    name = one_rule(item).plain().get("id")
    return Saved(saved.revision, saved.before, name if isinstance(name, str) else key, others)


def change(
    session: Session,
    what: Callable[[Pieces], Pieces],
    *,
    agent_id: UUID | None,
    now: datetime,
) -> Saved:
    """Change the list of rules itself, as it is now. Raises NotThere."""
    before = newest(session, locked=True)
    pieces = split(before.source if before else "")
    return _keep(session, before, str(what(pieces)), agent_id, now)


def moving(key: str, before: str | None) -> Callable[[Pieces], Pieces]:
    """Put a rule before another, or with None at the end."""
    return lambda pieces: pieces.moved(key, before)


def stepping(key: str, *, up: bool) -> Callable[[Pieces], Pieces]:
    """Put a rule one place up or down; at the end of the list nothing changes."""

    def step(pieces: Pieces) -> Pieces:
        keys, place = pieces.keys, pieces.place(key)
        if up:
            return pieces.moved(key, keys[max(place - 1, 0)])
        return pieces.moved(key, keys[place + 2] if place + 2 < len(keys) else None)

    return step


def removing(key: str) -> Callable[[Pieces], Pieces]:
    return lambda pieces: pieces.without(key)


def switching(key: str, *, on: bool) -> Callable[[Pieces], Pieces]:
    return lambda pieces: pieces.with_text(key, switched(pieces.find(key).text, on=on))


def copying(key: str, name: str) -> Callable[[Pieces], Pieces]:
    """Put a copy with another id right after a rule, switched off until somebody looked at it."""

    def copy(pieces: Pieces) -> Pieces:
        text = pieces.find(key).text
        data = {"id": name, **{k: v for k, v in one_rule(text).plain().items() if k != "id"}}
        place = pieces.place(key) + 1
        following = pieces.keys[place] if place < len(pieces.keys) else None
        return pieces.inserted(switched(rewritten(text, data), on=False), following)

    return copy


def free_name(pieces: Pieces, wanted: str) -> str:
    """An id like this one that no rule has yet: "away-2"."""
    names, number = set(pieces.keys), 2
    while f"{wanted}-{number}" in names:
        number += 1
    return f"{wanted}-{number}"


def bring_back(session: Session, revision: int, *, agent_id: UUID | None, now: datetime) -> Saved:
    """Put rules that stood in a revision and do not any more back into their places.

    Rules that were changed or added since stay as they are. Raises NotThere for no such revision.
    """
    row = session.get(RuleRevision, revision)
    if row is None:
        raise NotThere(f"revision {revision}")
    then = split(row.source)
    before = newest(session, locked=True)
    pieces = split(before.source if before else "")
    for place, piece in reversed(list(enumerate(then.pieces))):
        if piece.key not in pieces.keys:
            following = next((k for k in then.keys[place + 1 :] if k in pieces.keys), None)
            pieces = split(str(pieces.inserted(piece.text, following)))
    return _keep(session, before, str(pieces), agent_id, now)


def _keep(
    session: Session,
    before: RuleRevision | None,
    source: str,
    agent_id: UUID | None,
    now: datetime,
) -> Saved:
    known = before.id if before else None
    if before is not None and before.source == source:
        return Saved(known, known)
    digest = hashlib.sha256(source.encode()).hexdigest()
    row = RuleRevision(source=source, digest=digest, live=True, agent_id=agent_id, at=now)
    session.add(row)
    session.flush()
    audit.note(
        session,
        "changed the rules",
        agent_id=agent_id,
        now=now,
        subject="rules",
        before={"revision": known},
        after={"revision": row.id},
    )
    policy_changed(session)
    return Saved(row.id, known)


def _text(pieces: Pieces, key: str) -> str | None:
    try:
        return pieces.find(key).text
    except NotThere:
        return None


def _then(session: Session, base: int | None, key: str) -> str | None:
    """A rule's text as somebody saw it who began to edit."""
    row = session.get(RuleRevision, base) if base is not None else None
    return _text(split(row.source), key) if row is not None else None


def _first_default(pieces: Pieces) -> str | None:
    """Where a new rule belongs: after the others, before the defaults at the end."""
    place = None
    for piece in reversed(pieces.pieces):
        data = one_rule(piece.text).plain()
        if not (isinstance(data, dict) and data.get("default") is True):
            break
        place = piece.key
    return place
