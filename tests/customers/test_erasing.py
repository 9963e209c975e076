"""Nothing personal is left of who was erased, and what is counted stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import inspect, select, text
from sqlmodel import Session

from hub import jobs
from hub.agents.audit import By
from hub.conversations.state import ERASED
from hub.customers import merging
from hub.customers.merging import Choice
from hub.privacy import aging, erasing
from hub.privacy.ages import Ages
from hub.store.statements import table_of
from hub.store.tables import (
    Attachment,
    Blob,
    Conversation,
    Customer,
    Draft,
    Job,
    Message,
    Rating,
    RawOriginal,
    RuleResult,
    SearchEntry,
    Survey,
    metadata,
)
from hub.store.types import new_id
from tests.customers.people import Company

KEPT = {
    "customer", "conversation", "message", "identity", "blob",  # decided one by one
    "stage_change", "conversation_tag", "customer_topic", "survey", "rating", "rule_result",
    "routing_decision", "customer_merge", "duplicate", "template_file",
}  # fmt: skip
"""Tables that are emptied by hand, or whose rows hold nothing personal."""
WITH_MESSAGES = {
    "attachment", "content", "external_ref", "outgoing", "raw_original", "reaction",
    "search_entry", "small_picture",
}  # fmt: skip
"""Tables whose rows go with their message, or with its file."""


def test_every_table_that_hangs_on_people_is_decided() -> None:
    decided = KEPT | WITH_MESSAGES
    decided |= {
        table_of(model).name for model in (*erasing.OF_CUSTOMERS, *erasing.OF_CONVERSATIONS)
    }
    hanging = {
        table.name
        for table in metadata.sorted_tables
        if {key.column.table.name for key in table.foreign_keys}
        & {"customer", "conversation", "message", "identity", "blob"}
    }
    assert hanging - decided == set(), "say in hub/privacy/erasing.py what becomes of these"


async def finished(company: Company, kinds: dict[str, jobs.Chunk]) -> None:
    """Work on the jobs until none is left."""
    for _ in range(200):
        job = await company.does(jobs.claim, kinds, "here", company.now)
        if job is None:
            return
        await company.does(jobs.advance, kinds, "here", job, company.now)
    raise AssertionError("the job does not end")


async def words_left(company: Company, *words: str) -> list[str]:
    """Where any of these words still stand, in whatever table."""

    def look(session: Session) -> list[str]:
        found = []
        for name in inspect(session.get_bind()).get_table_names():
            if name.startswith(("search_index", "alembic")):
                continue
            for row in session.execute(text(f'SELECT * FROM "{name}"')):
                shown = " ".join(str(value) for value in row)
                found += [f"{name}: {word}" for word in words if word in shown]
        return found

    left: list[str] = await company.sees(look)
    return left


async def mina(company: Company) -> tuple[UUID, UUID]:
    """Mina, with two hundred messages of a conversation and all that hangs on one."""
    customer = await company.customer(
        "Mina Karimi", attributes={"city": "Zanjan"}, first_source={"page": "secret-page"}
    )
    mail = await company.identity(customer, "mail", "mina@example.com")
    conversation = await company.conversation(customer, mail, subject="zebra order")
    for number in range(5):
        await company.says(conversation, mail, f"zebra words {number}")
    message = await company.says(conversation, mail, "zebra and a file")
    key = await company.file(customer, "aa/" + "0" * 30)
    await company.adds(
        Attachment, message_id=message, position=0, blob_key=key, name="zebra.pdf",
        media_type="application/pdf", size=4,
    )  # fmt: skip
    await company.adds(
        RawOriginal, id=new_id(), message_id=message, account="letters", external_id="1",
        media_type="message/rfc822", body=b"zebra original", at=company.now,
    )  # fmt: skip
    await company.adds(
        RuleResult, id=new_id(), event="message.received", conversation_id=conversation,
        message_id=message, outcome="acted", facts={"text": "zebra facts"},
        result={"rules": [{"id": "away", "fired": True, "actions": [["0", "done", "zebra"]]}]},
        at=company.now,
    )  # fmt: skip
    survey = new_id()
    asked = await company.says(conversation, None, "how was it, zebra?", direction="out")
    await company.adds(
        Survey, id=survey, conversation_id=conversation, customer_id=customer, message_id=asked,
        kind="main", form="stars", scale=5, locale="en", asked_at=company.now,
        expires_at=company.now,
    )  # fmt: skip
    await company.rates(conversation, customer, 4, "zebra comment")
    await company.buys(customer, "zebra-10391", 980_000, "zebra bag")
    await company.known(customer)
    return customer, conversation


@pytest.mark.both
async def test_who_is_erased_leaves_scores_and_times_and_not_a_word(company: Company) -> None:
    olga = await company.agent("Olga", "owner")
    customer, conversation = await mina(company)
    agent = await company.agent("Sara")
    await company.adds(
        Draft, agent_id=agent.agent_id, conversation_id=conversation, kind="reply",
        body="zebra draft", updated_at=company.now,
    )  # fmt: skip
    # What was merged into her goes with her.
    other = await company.customer("Mina Zebra")
    await company.identity(other, "mail", "zebra@example.com")
    await company.does(merging.merge, By(olga, company.now), customer, other, Choice())
    assert len(await words_left(company, "zebra")) > 10
    await company.does(erasing.begin, By(olga, company.now), customer)
    await finished(company, {erasing.JOB: erasing.chunk})
    assert await words_left(company, "zebra", "Zebra", "Mina", "mina@", "Zanjan", "secret") == []
    rows = await company.rows(
        Rating, Survey, RuleResult, Message, Blob, SearchEntry, Conversation, Job
    )
    assert len(rows["rating"]) == len(rows["survey"]) == len(rows["rule_result"]) == 1
    assert rows["message"] == rows["blob"] == rows["search_entry"] == []
    assert "away" in str(rows["rule_result"]), "which rule fired is still known"
    assert ERASED in rows["conversation"][0]
    assert "done" in rows["job"][0]

    def search(session: Session) -> Any:
        from hub.store import search

        return search.match(session, "zebra")

    assert await company.sees(search) == []


@pytest.mark.both
async def test_old_conversations_go_by_the_age_of_their_channels(company: Company) -> None:
    customer = await company.customer("Mina")
    mail = await company.identity(customer, "mail", "mina@example.com")
    day = timedelta(days=1)
    old = await company.conversation(customer, mail, status="resolved")
    await company.says(old, mail, "long ago")
    still_open = await company.conversation(customer, mail)
    now = company.now + 400 * day
    company.now = now - 100 * day
    young = await company.conversation(customer, mail, status="resolved")
    await company.says(young, mail, "lately")
    ages = Ages(30 * day, {"mail": 365 * day})
    assert ages.of(["webchat"]) == 30 * day
    assert ages.of(["webchat", "mail"]) == 365 * day
    assert Ages(timedelta(), {"mail": 30 * day}).of(["mail", "webchat"]) is None
    assert not Ages()
    company.now = now
    await company.does(jobs.enqueue, aging.JOB, now)
    await finished(company, dict(aging.job_kinds(lambda _: ages)))

    def states(session: Session) -> dict[UUID, str]:
        table = table_of(Conversation)
        return dict(session.execute(select(table.c.id, table.c.status)).all())

    assert await company.sees(states) == {old: ERASED, still_open: "open", young: "resolved"}
    [kept] = (await company.rows(Message))["message"]
    assert young in kept
    assert len((await company.rows(Customer))["customer"]) == 1
