"""Who a message is addressed to besides the one who is answered: To, Cc and Bcc.

Only mail knows copies. What arrived says who was addressed there; what goes out says who gets a
copy. Nobody who is only addressed is made a customer, or joins the conversation: whoever of them
answers does, as a marked participant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session

from hub.message import Address
from hub.store.statements import table_of
from hub.store.tables import Identity, Message
from hub.text.mail_address import normalise_mail_address
from hub.text.plain import visible

KIND: Final = "mail"
MOST: Final = 50
"""How many copies one answer can have."""

_PART: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|<[^<>]*>|[^,;،؛\n])+')
"""What stands between commas or semicolons of any script, but for those within quotes."""
_NAMED: Final = re.compile(r"(?P<name>.*?)\s*<(?P<address>[^<>]*)>", re.DOTALL)


class NotAnAddress(ValueError):
    """What was written where addresses stand is none. `text` is it."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a mail address")
        self.text = text


class TooManyCopies(ValueError):
    """More than `MOST` addresses."""


@dataclass(frozen=True)
class Recipient:
    """A mail address in canonical form, and the name beside it."""

    address: str
    name: str | None = None

    def __str__(self) -> str:
        """As a field for addresses takes it."""
        if not self.name:
            return self.address
        quoted = re.sub(r'(["\\])', r"\\\1", self.name)
        return f'"{quoted}" <{self.address}>'


@dataclass(frozen=True)
class Addressed:
    """The fields of a mail. What arrived never has a Bcc; ours is for the team's eyes alone."""

    to: tuple[Recipient, ...] = ()
    cc: tuple[Recipient, ...] = ()
    bcc: tuple[Recipient, ...] = ()

    @property
    def copies(self) -> tuple[Recipient, ...]:
        return (*self.cc, *self.bcc)

    def dump(self) -> dict[str, list[list[str | None]]] | None:
        """As `Message.addressed` holds it: by field, address and name. None for nobody."""
        fields = {"to": self.to, "cc": self.cc, "bcc": self.bcc}
        stored = {
            field: [[one.address, one.name] for one in people]
            for field, people in fields.items()
            if people
        }
        return stored or None

    @classmethod
    def load(cls, stored: dict[str, Any] | None) -> Addressed:
        """Read what `dump` gave."""
        return cls(
            **{
                field: tuple(Recipient(address, name) for address, name in people)
                for field, people in (stored or {}).items()
            }
        )


def recipients(addresses: Iterable[Address]) -> tuple[Recipient, ...]:
    """The addresses of an inbound value."""
    return tuple(Recipient(one.address, visible(one.name or "") or None) for one in addresses)


def read_recipients(text: str) -> tuple[Recipient, ...]:
    """What stands in a field for addresses: `Ann <a@b.example>, c@d.example`, each once.

    Raises:
        NotAnAddress: a part of it is none.
        TooManyCopies: there are more than `MOST`.
    """
    found: dict[str, Recipient] = {}
    for part in filter(None, map(str.strip, _PART.findall(text))):
        named = _NAMED.fullmatch(part)
        address = normalise_mail_address(named["address"] if named else part)
        if address is None:
            raise NotAnAddress(part)
        name = visible(_unquoted(named["name"])) if named else ""
        found.setdefault(address, Recipient(address, name or None))
    if len(found) > MOST:
        raise TooManyCopies(f"one answer can have {MOST} copies, these are {len(found)}")
    return tuple(found.values())


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name


def reply_all(
    session: Session, conversation_id: UUID, identity_id: UUID, own: Collection[str]
) -> tuple[Recipient, ...]:
    """Who else gets an answer to this address, if it goes to all.

    That is who the newest mail from there, or an agent's to there, was addressed to, less whom
    the answer goes to anyhow and less `own`, the hub's own addresses. Who had a blind copy is not
    among them.
    """
    message, identity = table_of(Message), table_of(Identity)
    newest = session.execute(
        select(message.c.addressed, identity.c.address)
        .join(identity, identity.c.id == message.c.identity_id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.identity_id == identity_id,
            message.c.channel == KIND,
            or_(message.c.direction == "in", message.c.agent_id.is_not(None)),
        )
        .order_by(message.c.position.desc())
        .limit(1)
    ).first()
    if newest is None:
        return ()
    addressed = Addressed.load(newest.addressed)
    everybody = {one.address: one for one in (*addressed.to, *addressed.cc)}
    return tuple(
        one
        for one in everybody.values()
        if one.address != newest.address and one.address not in own
    )[:MOST]
