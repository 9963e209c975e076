"""What the far sides hold at the end: the hub's messages, each time that they came, in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

from tests.crash.people import BOT, SITE, SUPPORT, People
from tests.crash.record import Record

_OURS = re.compile(r"payam\.([0-9a-f-]{36})@")
_ACCEPTED = re.compile(r"message-id=<payam\.([0-9a-f-]{36})@")


@dataclass(frozen=True)
class Came:
    """One message of ours as it lies at a far side. `name` is what it is called there."""

    account: str
    to: str
    name: str
    text: str


FarSides = Mapping[str, Sequence[Came]]
"""By account, in the order of arrival for each recipient."""


def look(people: People, record: Record, mail_log: Path) -> FarSides:
    """Ask everybody what they got. Blocks: servers are asked over the network."""
    return {
        BOT: [came for chat in _chats(record) for came in _telegram(people, chat)],
        SUPPORT: _mail(people, mail_log),
        SITE: [
            Came(SITE, str(number), item["id"], _text(item["blocks"]))
            for number, visitor in enumerate(people.visitors)
            for item in visitor.seen.values()
            if item["direction"] == "out"
        ],
    }


def _chats(record: Record) -> list[str]:
    return sorted({m.address for m in record.messages if m.account == BOT and m.address})


def _telegram(people: People, chat: str) -> list[Came]:
    shown = people.telegram.do("shown", int(chat))
    return [
        Came(BOT, chat, f"message:{chat}:{one['message_id']}", one["text"])
        for one in sorted(shown, key=lambda one: int(one["message_id"]))
    ]


def _mail(people: People, log: Path) -> list[Came]:
    """Postfix delivers side by side, so the order is that in which it accepted the mails."""
    accepted = {
        name: place for place, name in enumerate(_ACCEPTED.findall(log.read_text(errors="replace")))
    }
    found: list[Came] = []
    for box in people.boxes:
        for raw in people.mail.mails(box):
            mail = message_from_bytes(raw, policy=policy.default)
            name = _OURS.search(str(mail["Message-ID"]))
            body = mail.get_body(("plain",))
            text = body.get_content() if body else ""
            found.append(Came(SUPPORT, box.address, name[1] if name else "?", text.strip()))
    return sorted(found, key=lambda came: (came.to, accepted.get(came.name, -1)))


def _text(blocks: Sequence[Mapping[str, object]]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if block["type"] == "text")


def name_of(account: str, message_id: UUID, external_id: str | None) -> str | None:
    """What a message of ours is called at the far side; None where only the far side knows."""
    return external_id if account == BOT else str(message_id)
