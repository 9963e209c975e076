"""The way in for who has no password, or forgot it: a signed link, good once.

A link is bound to the password that there was when it was made, so setting one ends all of them.
It is shown to whoever may manage people, or goes by mail to the agent's own address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents import directory, letters, sign_ins
from hub.agents.audit import By, note
from hub.agents.people import NoSuchAgent, require_manageable
from hub.calendars import Calendar, format_moment, zone
from hub.security.keys import Keys
from hub.security.tokens import (
    LinkToken,
    hash_token,
    link_token,
    read_link_token,
    token_matches,
)
from hub.store.statements import table_of
from hub.store.tables import Agent

INVITED: Final = timedelta(days=7)
FORGOTTEN: Final = timedelta(hours=24)
_PURPOSE: Final = "set a password"


@dataclass(frozen=True)
class Holder:
    """Whom a link is for."""

    id: UUID
    name: str
    mail: str
    password_hash: str | None

    @property
    def kind(self) -> Literal["invite", "reset"]:
        """Whether it is the first password."""
        return "invite" if self.password_hash is None else "reset"


@dataclass(frozen=True)
class Sender:
    """How the hub reaches an agent by mail. account: a mail account of ours; brand: who asks;
    url: where the hub is reached."""

    account: str
    brand: str
    url: str


def link_to(
    session: Session, keys: Keys, url: str, agent_id: UUID, now: datetime
) -> tuple[str, datetime]:
    """The address with which this agent sets a password, and until when. Raises NoSuchAgent."""
    holder = _holder(session, agent_id)
    if holder is None:
        raise NoSuchAgent(f"there is no active agent {agent_id}")
    bound = hash_token(holder.password_hash or "")
    token = link_token(keys, _PURPOSE, [str(agent_id), bound], now=now)
    return f"{url}/join/{token}", now + (INVITED if holder.kind == "invite" else FORGOTTEN)


def make_link(
    session: Session,
    by: By,
    agent_id: UUID,
    *,
    keys: Keys,
    url: str,
) -> tuple[str, datetime]:
    """As `link_to`, for a colleague who hands it on. Raises NotAllowed and NoSuchAgent."""
    require_manageable(session, by.viewer, agent_id)
    link = link_to(session, keys, url, agent_id, by.now)
    by.note(session, "made a link to set a password", f"agent:{agent_id}")
    return link


def mail_link(
    session: Session,
    by: By,
    agent_id: UUID,
    sender: Sender,
    *,
    keys: Keys,
) -> str:
    """Send an agent the link by mail; where it goes. Raises NotAllowed and NoSuchAgent."""
    mail = require_manageable(session, by.viewer, agent_id).mail
    _send(session, agent_id, sender, keys, by.now)
    by.note(session, "mailed a link to set a password", f"agent:{agent_id}")
    return mail


def forgotten(
    session: Session, mail: str, sender: Sender, *, keys: Keys, now: datetime, address: str | None
) -> None:
    """Send whoever has this mail address a way back in; nothing where nobody active has it."""
    account = directory.account_of(session, mail)
    if account is None or not account.active:
        return
    _send(session, account.agent_id, sender, keys, now)
    note(session, "was mailed a way back in", agent_id=account.agent_id, now=now, address=address)


def holder_of(session: Session, keys: Keys, token: str, now: datetime) -> Holder | None:
    """Whose link this is, while it is good."""
    found = read_link_token(keys, _PURPOSE, token, max_age=INVITED, now=now)
    if not isinstance(found, LinkToken):
        return None
    agent_id, bound = found.payload
    holder = _holder(session, UUID(agent_id))
    if holder is None or not token_matches(holder.password_hash or "", bound):
        return None
    if holder.kind == "reset" and found.issued_at < now - FORGOTTEN:
        return None
    return holder


def set_password(
    session: Session, holder: Holder, hashed: str, now: datetime, address: str | None
) -> list[str] | None:
    """Set the password unless another link was faster (None); the sign-ins that ended by it."""
    if _holder(session, holder.id) != holder:
        return None
    directory.set_password_hash(session, holder.id, hashed)
    note(session, "set a password by link", agent_id=holder.id, now=now, address=address)
    return sign_ins.end_all(session, holder.id, now=now, address=address)


def _send(session: Session, agent_id: UUID, sender: Sender, keys: Keys, now: datetime) -> None:
    link, until = link_to(session, keys, sender.url, agent_id, now)
    agent = table_of(Agent)
    row = session.execute(
        select(
            agent.c.name,
            agent.c.mail,
            agent.c.locale,
            agent.c.calendar,
            agent.c.time_zone,
            agent.c.password_hash.is_(None).label("fresh"),
        ).where(agent.c.id == agent_id)
    ).one()
    say = letters.words_in(row.locale)
    values = {
        "name": row.name,
        "brand": sender.brand,
        "link": link,
        "until": format_moment(
            until, now, zone(row.time_zone), cast(Calendar, row.calendar), row.locale
        ),
    }
    if row.fresh:
        subject = say("Your account at %(brand)s")
        body = say(
            "Hello %(name)s,\n\nyou are invited to work in the inbox of %(brand)s. Set your"
            " password here:\n\n%(link)s\n\nThe link is good once, until %(until)s. If you did not"
            " expect it, leave it."
        )
    else:
        subject = say("A new password for %(brand)s")
        body = say(
            "Hello %(name)s,\n\nset a new password for %(brand)s here:\n\n%(link)s\n\nThe link is"
            " good once, until %(until)s. If you did not ask for it, leave it: your password stays"
            " as it is."
        )
    letters.queue_mail(
        session,
        agent_id,
        account=sender.account,
        address=row.mail,
        subject=subject % values,
        body=body % values,
        now=now,
    )


def _holder(session: Session, agent_id: UUID) -> Holder | None:
    table = table_of(Agent)
    row = session.execute(
        select(table.c.id, table.c.name, table.c.mail, table.c.password_hash).where(
            table.c.id == agent_id, table.c.active
        )
    ).first()
    return Holder(*row) if row else None
