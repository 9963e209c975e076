"""What is said about a template as a whole: what it is for, whose it is, its tags, its archive.

A template is everyone's, a team's, or an agent's own. One without a card of its own is everyone's;
those that come with Payam are described by `hub.replies.known`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.agents.rights import Missing, NotAllowed, Right, Viewer
from hub.conversations.acts.steps import clean_tag
from hub.replies.known import KNOWN
from hub.store.statements import insert_new, table_of
from hub.store.tables import Team, TeamMember, TemplateCard, TemplateRevision
from hub.store.versions import policy_changed

LONGEST_PURPOSE: Final = 300
MOST_TAGS: Final = 10


class NoSuchTemplate(Missing):
    """There is no such template, or it is not for this viewer."""


class NameTaken(Exception):
    """A template has this name already, though it may be one that the viewer does not see."""


class StillUsed(Exception):
    """Rules, surveys or others send the template; `by` names them."""

    def __init__(self, by: Sequence[str]) -> None:
        super().__init__(f"still used by {', '.join(by)}")
        self.by = tuple(by)


@dataclass(frozen=True)
class Card:
    """A template as a whole. agent_id or team_id say whose it is, neither: everyone's."""

    name: str
    purpose: str = ""
    agent_id: UUID | None = None
    team_id: UUID | None = None
    tags: tuple[str, ...] = ()
    archived_at: datetime | None = None


class Cards:
    """The cards of all templates, as one viewer may see them."""

    def __init__(self, viewer: Viewer, cards: Collection[Card], teams: Collection[UUID]) -> None:
        self._viewer = viewer
        self._cards = {card.name: card for card in cards}
        self._teams = frozenset(teams)

    def __getitem__(self, name: str) -> Card:
        """Raises NoSuchTemplate for one that the viewer may not see."""
        card = self._cards.get(name) or _unsaid(name)
        if not self._sees(card):
            raise NoSuchTemplate(f"there is no template {name} for this viewer")
        return card

    def sees(self, name: str) -> bool:
        """Whether the viewer may look at the template on its pages."""
        return self._sees(self._cards.get(name) or _unsaid(name))

    def offers(self, name: str) -> bool:
        """Whether the template is offered to the viewer for an answer."""
        card = self._cards.get(name) or _unsaid(name)
        return card.archived_at is None and self._has(card)

    @property
    def written(self) -> tuple[Card, ...]:
        """The cards that somebody wrote and that the viewer sees, by name."""
        return tuple(card for _, card in sorted(self._cards.items()) if self._sees(card))

    def _has(self, card: Card) -> bool:
        if card.agent_id is not None:
            return card.agent_id == self._viewer.agent_id
        return card.team_id is None or card.team_id in self._teams

    def _sees(self, card: Card) -> bool:
        return self._has(card) or (card.agent_id is None and self._viewer.may(Right.EDIT_TEMPLATES))


def cards(session: Session, viewer: Viewer) -> Cards:
    """What is said about the templates."""
    table, member = table_of(TemplateCard), table_of(TeamMember)
    mine = session.execute(select(member.c.team_id).where(member.c.agent_id == viewer.agent_id))
    return Cards(
        viewer,
        [
            Card(row.name, row.purpose, row.agent_id, row.team_id, tuple(row.tags), row.archived_at)
            for row in session.execute(select(table))
        ],
        set(mine.scalars()),
    )


def exists(session: Session, name: str) -> bool:
    """Whether there is a template of this name, whoever it is for, if only about to be written."""
    card, text = table_of(TemplateCard), table_of(TemplateRevision)
    for found in (
        select(card.c.name).where(card.c.name == name),
        select(text.c.name).where(text.c.name == name).limit(1),
    ):
        if session.execute(found).first() is not None:
            return True
    return False


def names(session: Session) -> set[str]:
    """The names that cards were written for."""
    return set(session.execute(select(table_of(TemplateCard).c.name)).scalars())


def may_change(viewer: Viewer, card: Card) -> bool:
    """Own ones are changed by their agent, others by whoever edits templates."""
    if card.agent_id is not None:
        return card.agent_id == viewer.agent_id
    return viewer.may(Right.EDIT_TEMPLATES)


def changeable(session: Session, viewer: Viewer, name: str) -> Card:
    """The card of a template that the viewer may change. Raises NoSuchTemplate, NotAllowed."""
    if not exists(session, name):
        raise NoSuchTemplate(f"there is no template {name}")
    card = cards(session, viewer)[name]
    if not may_change(viewer, card):
        raise NotAllowed(f"template {name} is not the viewer's to change")
    return card


def begin(
    session: Session,
    viewer: Viewer,
    name: str,
    *,
    own: bool,
    team_id: UUID | None = None,
    now: datetime,
) -> None:
    """Take a name for a template that is about to be written. Raises NameTaken, NotAllowed."""
    if not own and not viewer.may(Right.EDIT_TEMPLATES):
        raise NotAllowed("only those who edit templates write shared ones")
    taken = exists(session, name)
    row = _row(Card(name, "", viewer.agent_id if own else None, None if own else team_id), now)
    if taken or not insert_new(session, TemplateCard, [row], ["name"]):
        raise NameTaken(f"there is a template called {name}")


def describe(
    session: Session,
    by: By,
    name: str,
    *,
    purpose: str,
    tags: Collection[str],
    own: bool,
    team_id: UUID | None,
    used: Sequence[str] = (),
) -> Card:
    """Say what a template is for, and whose it is. used: who sends it by itself; such a one can
    not become somebody's own.

    Raises NoSuchTemplate, NotAllowed, StillUsed; ValueError for a team that is not there.
    """
    card = changeable(session, by.viewer, name)
    if own and card.agent_id is None and used:
        raise StillUsed(used)
    if not own and not by.viewer.may(Right.EDIT_TEMPLATES):
        raise NotAllowed("only those who edit templates share them")
    team = table_of(Team)
    if team_id is not None and not own:
        known = session.execute(select(team.c.id).where(team.c.id == team_id)).scalar()
        if known is None:
            raise ValueError(f"there is no team {team_id}")
    said = Card(
        name,
        " ".join(purpose.split())[:LONGEST_PURPOSE],
        by.viewer.agent_id if own else None,
        None if own else team_id,
        tuple(dict.fromkeys(tag for raw in tags if (tag := clean_tag(raw))))[:MOST_TAGS],
        card.archived_at,
    )
    if said != card:
        _save(session, by, "described a template", card, said)
    return said


def archive(
    session: Session,
    by: By,
    name: str,
    *,
    used: Sequence[str],
) -> None:
    """Offer a template no more; its texts stay. used: who sends it by itself.

    Raises NoSuchTemplate, NotAllowed, StillUsed.
    """
    card = changeable(session, by.viewer, name)
    if used:
        raise StillUsed(used)
    if card.archived_at is None:
        said = _with(card, archived_at=by.now)
        _save(session, by, "archived a template", card, said)


def unarchive(session: Session, by: By, name: str) -> None:
    """Offer a template again. Raises NoSuchTemplate, NotAllowed."""
    card = changeable(session, by.viewer, name)
    if card.archived_at is not None:
        said = _with(card, archived_at=None)
        _save(session, by, "took a template out of the archive", card, said)


def copy(session: Session, viewer: Viewer, card: Card, to: str, now: datetime) -> None:
    """Describe another template as this one; it is the viewer's own where they may not share."""
    shares = viewer.may(Right.EDIT_TEMPLATES)
    own = card.agent_id is not None or not shares
    begin(session, viewer, to, own=own, team_id=card.team_id, now=now)
    table = table_of(TemplateCard)
    session.execute(
        update(table)
        .where(table.c.name == to)
        .values(purpose=card.purpose, tags=list(card.tags), changed_at=now)
    )


def _unsaid(name: str) -> Card:
    known = KNOWN.get(name)
    return Card(name, known.purpose, tags=known.tags) if known else Card(name)


def _with(card: Card, *, archived_at: datetime | None) -> Card:
    return Card(card.name, card.purpose, card.agent_id, card.team_id, card.tags, archived_at)


def _row(card: Card, now: datetime) -> dict[str, Any]:
    return {
        "name": card.name,
        "purpose": card.purpose,
        "agent_id": card.agent_id,
        "team_id": card.team_id,
        "tags": list(card.tags),
        "archived_at": card.archived_at,
        "changed_at": now,
    }


def _save(
    session: Session,
    by: By,
    action: Action,
    before: Card,
    after: Card,
) -> None:
    table, row = table_of(TemplateCard), _row(after, by.now)
    found = session.execute(
        update(table).where(table.c.name == after.name).values(row).returning(table.c.name)
    ).first()
    if found is None:
        session.execute(insert(table).values(row))
    by.note(session, action, f"template:{after.name}", _told(before), _told(after))
    policy_changed(session)


def _told(card: Card) -> dict[str, Any]:
    """What the audit log keeps of a card."""
    return {
        "purpose": card.purpose,
        "agent": str(card.agent_id) if card.agent_id else None,
        "team": str(card.team_id) if card.team_id else None,
        "tags": list(card.tags),
        "archived": card.archived_at is not None,
    }
