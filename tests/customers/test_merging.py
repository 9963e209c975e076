"""Two customers become one, and are parted again as if they had never been."""

from __future__ import annotations

from uuid import UUID

import pytest

from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.customers import merging
from hub.customers.acts import Edit, NoSuchCustomer, edit
from hub.customers.merging import CannotTakeBack, Choice, SameCustomer
from hub.store.tables import (
    Consent,
    Conversation,
    Customer,
    CustomerKey,
    CustomerNote,
    CustomerTag,
    Identity,
    Message,
    Participant,
    Purchase,
    Rating,
    Reaction,
    StageChange,
    Survey,
)
from hub.store.types import new_id
from tests.customers.people import Company

TABLES = (
    Consent, Conversation, CustomerKey, CustomerNote, CustomerTag, Identity, Message,
    Participant, Purchase, Rating, Reaction, StageChange, Survey,
)  # fmt: skip


async def two(company: Company) -> tuple[UUID, UUID, UUID]:
    """Mina twice: once by proven mail, once by an unproven one and a chat; and her chat."""
    mina = await company.customer("Mina Karimi", stage="returning", attributes={"city": "Tehran"})
    mail = await company.identity(mina, "mail", "mina@example.com")
    await company.identity(mina, "phone", "+989120000000", "claimed", origin="given")
    letter = await company.conversation(mina, mail)
    await company.says(letter, mail, "where is my order")
    await company.tags(mina, "vip", "tehran")
    await company.buys(mina, "10391", 980_000)

    other = await company.customer(
        "M. Karimi", locale="fa", attributes={"city": "Karaj", "size": "38"}
    )
    chat = await company.identity(other, "webchat", "visitor-7f3a")
    await company.identity(other, "phone", "+989120000000", "claimed", origin="given")
    unproven = await company.identity(other, "mail", "mina@example.com", "claimed")
    given = await company.conversation(other, chat)
    asked = await company.says(given, chat, "hello")
    await company.says(given, unproven, "and by mail")
    await company.adds(Reaction, message_id=asked, identity_id=chat, reactions="👍", at=company.now)
    await company.tags(other, "vip", "wholesale")
    await company.rates(given, other, 4, "quick")
    await company.adds(CustomerNote, id=new_id(), customer_id=other, text="calls", at=company.now)
    await company.known(mina, other)
    return mina, other, given


async def agent(company: Company) -> Viewer:
    return await company.agent("Sara")


@pytest.mark.both
async def test_a_merge_moves_everything_and_undoing_it_leaves_no_trace(company: Company) -> None:
    sara, (mina, other, chat) = await agent(company), await two(company)
    before = await company.rows(*TABLES)
    people = await company.rows(Customer)
    merge = await company.does(
        merging.merge, By(sara, company.now), mina, other, Choice(attributes=frozenset({"city"}))
    )

    def owners(found: dict[str, list[tuple[object, ...]]], model: type, column: str) -> set[object]:
        place = [one.name for one in model.__table__.columns].index(column)  # type: ignore[attr-defined]
        return {row[place] for row in found[model.__table__.name]}  # type: ignore[attr-defined]

    merged = await company.rows(*TABLES, Customer)
    for model in (Conversation, Identity, Purchase, Rating, CustomerNote):
        assert owners(merged, model, "customer_id") == {mina}, model
    kept = await company.sees(merging.side, mina)
    assert kept.attributes == {"city": "Karaj", "size": "38"}
    assert kept.values == {
        "name": "Mina Karimi", "stage": "returning", "locale": "fa", "time_zone": None
    }  # fmt: skip
    assert set(kept.tags) == {"vip", "tehran", "wholesale"}
    # What was only claimed stays so beside what is proven; the number that both gave is one.
    assert sorted((kind, proof) for kind, _, _, proof in kept.identities) == [
        ("mail", "claimed"), ("mail", "verified"), ("phone", "claimed"), ("webchat", "verified"),
    ]  # fmt: skip
    with pytest.raises(NoSuchCustomer):
        await company.sees(merging.side, other)

    # Written after the merge, it goes with its conversation.
    await company.says(chat, None, "answered meanwhile", direction="out", agent_id=sara.agent_id)
    back, stays = await company.does(merging.take_back, By(sara, company.now), merge)
    assert (back, stays) == (mina, ())
    after = await company.rows(*TABLES)
    new = [row for row in after["message"] if row not in before["message"]]
    assert len(new) == 1
    after["message"].remove(new[0])
    assert after == before
    # Only how often the rows were written tells that something happened.
    assert [row[:-1] for row in await _without_seen(company)] == [
        row[:-1] for row in _unseen(people["customer"])
    ]
    assert await company.does(merging.take_back, By(sara, company.now), merge) == (mina, ())


def _unseen(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows of customers without the moment of the last contact, which follows conversations."""
    place = [column.name for column in Customer.__table__.columns].index("seen_at")  # type: ignore[attr-defined]
    return [(*row[:place], *row[place + 1 :]) for row in rows]


async def _without_seen(company: Company) -> list[tuple[object, ...]]:
    return _unseen((await company.rows(Customer))["customer"])


async def test_what_was_changed_since_is_kept_when_a_merge_is_taken_back(company: Company) -> None:
    sara, (mina, other, _) = await agent(company), await two(company)
    merge = await company.does(
        merging.merge, By(sara, company.now), mina, other, Choice(other=frozenset({"name"}))
    )
    await company.does(edit, sara, mina, Edit(name="Mina K. Karimi"), company.now)
    _, stays = await company.does(merging.take_back, By(sara, company.now), merge)
    assert stays == ("name",)
    assert (await company.sees(merging.side, mina)).values["name"] == "Mina K. Karimi"
    assert (await company.sees(merging.side, other)).values["name"] == "M. Karimi"


async def test_a_merge_that_was_merged_on_is_taken_back_after_that_one(company: Company) -> None:
    sara, (mina, other, _) = await agent(company), await two(company)
    third = await company.customer("Somebody")
    first = await company.does(merging.merge, By(sara, company.now), mina, other, Choice())
    second = await company.does(merging.merge, By(sara, company.now), third, mina, Choice())
    with pytest.raises(CannotTakeBack):
        await company.does(merging.take_back, By(sara, company.now), first)
    await company.does(merging.take_back, By(sara, company.now), second)
    await company.does(merging.take_back, By(sara, company.now), first)
    assert (await company.sees(merging.side, other)).values["name"] == "M. Karimi"
    with pytest.raises(SameCustomer):
        await company.does(merging.merge, By(sara, company.now), mina, mina, Choice())
