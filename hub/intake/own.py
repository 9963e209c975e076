"""What agents write from their own linked accounts: it answers customers, and makes none.

An answer to an alert is an answer to its customer, with the agent's rights and through the same
function as one from the page. Everything else from there is told that it reaches nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.agents import linking
from hub.agents.rights import Right, Viewer
from hub.conversations import access, alerting, writing
from hub.conversations.markup import formatted
from hub.conversations.writing import NoSuchWay, Overtaken, Words
from hub.message import Address, Edit, Message, Press, Reaction, Text
from hub.store.statements import table_of
from hub.store.tables import Alert
from hub.text import storable

if TYPE_CHECKING:
    from hub.intake.prepared import Entry
    from hub.intake.store import Storing


def divert(storing: Storing, fresh: Sequence[Entry]) -> list[Entry]:
    """Take what is agents' own out of a transaction's arrivals; the rest."""
    possible = [entry for entry in fresh if entry.kind in linking.KINDS]
    if not possible:
        return list(fresh)
    own: set[int] = set()
    for entry in possible:
        value = entry.arrival.value
        if (
            isinstance(value, Message)
            and _can_be_ours(value.sender)
            and (token := _token(value)) is not None
        ):
            agent_id = linking.take(
                storing.session,
                value.account,
                value.sender,
                token,
                storable(value.chat) if value.chat else None,
                storing.now,
            )
            if agent_id is not None:
                alerting.reply(storing.session, agent_id, "linked", storing.now)
                own.add(id(entry))
    owners = linking.owners(
        storing.session,
        (
            (entry.arrival.value.account, value.sender.address)
            for entry in possible
            if isinstance(value := entry.arrival.value, Message | Edit | Press | Reaction)
            and _can_be_ours(value.sender)
        ),
    )
    for entry in possible:
        value = entry.arrival.value
        if id(entry) in own or not isinstance(value, Message | Edit | Press | Reaction):
            continue
        viewer = owners.get((value.account, value.sender.address))
        if viewer is None or not _can_be_ours(value.sender):
            continue
        own.add(id(entry))
        if isinstance(value, Message):
            _answer(storing, entry, value, viewer)
    for entry in possible:
        if id(entry) in own:
            storing.once.ids[entry.arrival.key] = None
    return [entry for entry in fresh if id(entry) not in own]


def _can_be_ours(sender: Address) -> bool:
    """Whether the channel vouches for the address, and a database can hold it as it is."""
    return sender.verified and storable(sender.address) == sender.address


def _token(value: Message) -> str | None:
    """The token that links an account, where the message brings one."""
    words = next((block.text for block in value.content if isinstance(block, Text)), "")
    for given in (value.thread_token, value.source.get("start"), words.split()[-1:]):
        token = given[0] if isinstance(given, list) and given else given
        if isinstance(token, str) and token.startswith(linking.PREFIX):
            return token
    return None


def _answer(storing: Storing, entry: Entry, value: Message, viewer: Viewer) -> None:
    """Answer the customer of the alert that is replied to, or say why that can not be."""
    session, now = storing.session, storing.now
    table = table_of(Alert)
    alert = session.execute(
        select(table.c.conversation_id, table.c.created_at).where(
            table.c.account == value.account,
            table.c.external_id == storable(value.reply_to),
            table.c.agent_id == viewer.agent_id,
            table.c.conversation_id.is_not(None),
        )
    ).first() if value.reply_to else None  # fmt: skip
    if alert is None:
        return alerting.reply(session, viewer.agent_id, "nowhere", now)
    words = [block for block in entry.arrival.content if isinstance(block, Text)]
    if not words or len(words) < len(entry.arrival.content):
        return alerting.reply(session, viewer.agent_id, "words", now, alert.conversation_id)
    if not viewer.may(Right.WRITE):
        return alerting.reply(session, viewer.agent_id, "forbidden", now, alert.conversation_id)
    try:
        with session.begin_nested():
            writing.look_since(session, viewer, alert.conversation_id, alert.created_at)
            writing.reply(
                session,
                viewer,
                Words(
                    alert.conversation_id,
                    (formatted("\n".join(block.text for block in words)),),
                    f"alert/{value.account}/{entry.arrival.key.external_id}",
                ),
                way=None,
                accounts=storing.policy.accounts,
                now=now,
                give_up_after=storing.policy.give_up_after,
            )
    except Overtaken as faster:
        return alerting.reply(
            session,
            viewer.agent_id,
            "overtaken",
            now,
            alert.conversation_id,
            by=faster.by,
            text=faster.text,
        )
    except (NoSuchWay, access.NotVisible):
        return alerting.reply(session, viewer.agent_id, "forbidden", now, alert.conversation_id)
    return alerting.reply(session, viewer.agent_id, "answered", now, alert.conversation_id)
