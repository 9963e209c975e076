"""Somebody gets answers that are not meant for them, because their address was given as another's.

Every answer to an address that was only claimed carries a signed link; who opens it and says so
gets nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.message import Text
from hub.security.keys import Keys
from hub.security.tokens import LinkToken, link_token, read_link_token
from hub.store.statements import table_of
from hub.store.tables import Identity, Message, Outgoing, Participant

REASON: Final = "said that it is not theirs"
_PURPOSE: Final = "not-me"
PATH: Final = "/n/"
_NOTICE: Final = {
    "en": "You get this because this address was given in a chat with us. Not you? {link}",
    "fa": "این پیام به نشانی‌ای رسیده که در گفت‌وگو با ما داده شده است. شما نبودید؟ {link}",
}
_GOOD_FOR: Final = timedelta(days=400)


@dataclass(frozen=True)
class Claimed:
    """An address that gets a conversation's answers."""

    conversation_id: UUID
    identity_id: UUID


def not_me_token(keys: Keys, claimed: Claimed, *, now: datetime) -> str:
    """The signed part of the link."""
    payload = [str(claimed.conversation_id), str(claimed.identity_id)]
    return link_token(keys, _PURPOSE, payload, now=now)


def notice(keys: Keys, claimed: Claimed, *, url: str, locale: str, now: datetime) -> Text:
    """What stands under every answer to an address that nobody has proven. `url` is the hub's."""
    link = f"{url}{PATH}{not_me_token(keys, claimed, now=now)}"
    words = _NOTICE["fa" if locale.startswith("fa") else "en"]
    return Text(text=words.format(link=link))


def claimed_of(keys: Keys, token: str, *, now: datetime) -> Claimed | None:
    """What a link is about, if it is ours."""
    found = read_link_token(keys, _PURPOSE, token, max_age=_GOOD_FOR, now=now)
    if not isinstance(found, LinkToken):
        return None
    try:
        conversation_id, identity_id = found.payload
        return Claimed(UUID(conversation_id), UUID(identity_id))
    except (ValueError, TypeError, AttributeError):
        return None


def address_of(session: Session, claimed: Claimed) -> str | None:
    """The address, as long as it takes part and nobody has proven that it is theirs."""
    identity, participant = table_of(Identity), table_of(Participant)
    return session.execute(
        select(identity.c.address)
        .join(participant, participant.c.identity_id == identity.c.id)
        .where(
            participant.c.conversation_id == claimed.conversation_id,
            identity.c.id == claimed.identity_id,
            identity.c.proof == "claimed",
        )
    ).scalar()


def deny(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Send nothing more to the address; whether anything changed."""
    if address_of(session, claimed) is None:
        return False
    ledger = Ledger(session, now)
    ledger.load([claimed.conversation_id])
    conversation = ledger.conversations[claimed.conversation_id]
    participant, identity = table_of(Participant), table_of(Identity)
    session.execute(
        delete(participant).where(
            participant.c.conversation_id == claimed.conversation_id,
            participant.c.identity_id == claimed.identity_id,
        )
    )
    session.execute(
        update(identity)
        .where(identity.c.id == claimed.identity_id)
        .values(reachable=False, unreachable_reason=REASON)
    )
    outgoing, message = table_of(Outgoing), table_of(Message)
    mine = select(message.c.id).where(
        message.c.conversation_id == claimed.conversation_id,
        message.c.identity_id == claimed.identity_id,
    )
    session.execute(
        update(outgoing)
        .where(
            outgoing.c.conversation_id == claimed.conversation_id,
            outgoing.c.state == "queued",
            outgoing.c.message_id.in_(mine),
        )
        .values(state="cancelled")
    )
    if conversation.reply_identity_id == claimed.identity_id:
        conversation.reply_identity_id = None
        conversation.reply_account = None
    ledger.happened("identity.denied", "customer", conversation, identity=str(claimed.identity_id))
    ledger.flush()
    return True
