"""Customers with everything that hangs on them, written straight into the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from hub.agents.directory import add_agent
from hub.agents.rights import Viewer
from hub.customers import index
from hub.message import Text, dump_content
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import (
    Blob,
    Brand,
    Content,
    Conversation,
    Customer,
    CustomerTag,
    Identity,
    Message,
    Participant,
    Purchase,
    PurchaseLine,
    Rating,
    SearchEntry,
    Team,
    TeamMember,
)
from hub.store.types import new_id
from tests.harness import MONDAY


@dataclass
class Company:
    """An organisation with its agents and customers, whose clock a test moves by hand."""

    database: Database
    brand_id: UUID = field(default_factory=new_id)
    now: datetime = MONDAY
    numbers: int = 0

    async def does(self, function: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return await self.database.write(function, *args, **more)

    async def sees(self, function: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return await self.database.read(function, *args, **more)

    async def opens(self) -> None:
        await self.adds(Brand, id=self.brand_id, name="Sample Shop", slug="shop")

    async def adds(self, model: type[SQLModel], **values: Any) -> None:
        await self.does(lambda session: session.execute(insert(table_of(model)).values(**values)))

    async def agent(self, name: str, role: Any = "agent") -> Viewer:
        mail = f"{name.lower()}@shop.example"
        agent_id = await self.does(
            add_agent, name=name, mail=mail, password_hash=None, role=role, locale="en",
            calendar="gregorian", time_zone="UTC", now=self.now,
        )  # fmt: skip
        return Viewer(agent_id, name, mail, role)

    async def team(self, slug: str, *members: Viewer, restricted: bool = False) -> UUID:
        team_id = new_id()
        await self.adds(Team, id=team_id, brand_id=self.brand_id, slug=slug, restricted=restricted)
        for viewer in members:
            await self.adds(TeamMember, team_id=team_id, agent_id=viewer.agent_id)
        return team_id

    async def customer(self, name: str | None, **more: Any) -> UUID:
        customer_id: UUID = new_id()
        self.now += timedelta(minutes=1)
        values = {"created_at": self.now, "seen_at": self.now, **more}
        await self.adds(Customer, id=customer_id, name=name, **values)
        return customer_id

    async def identity(
        self, customer_id: UUID, kind: str, address: str, proof: str = "verified", **more: Any
    ) -> UUID:
        identity_id: UUID = new_id()
        await self.adds(
            Identity, id=identity_id, customer_id=customer_id, kind=kind, address=address,
            proof=proof, created_at=self.now, seen_at=self.now, **more,
        )  # fmt: skip
        return identity_id

    async def conversation(
        self, customer_id: UUID, *identities: UUID, team_id: UUID | None = None, **more: Any
    ) -> UUID:
        conversation_id: UUID = new_id()
        self.numbers += 1
        self.now += timedelta(minutes=1)
        await self.adds(
            Conversation, id=conversation_id, number=self.numbers, customer_id=customer_id,
            brand_id=self.brand_id, team_id=team_id, last_message_at=self.now,
            created_at=self.now, channels=["mail"],
            reply_identity_id=identities[0] if identities else None, **more,
        )  # fmt: skip
        for identity_id in identities:
            await self.adds(
                Participant, conversation_id=conversation_id, identity_id=identity_id,
                joined_at=self.now,
            )  # fmt: skip
        return conversation_id

    async def says(
        self, conversation_id: UUID, identity_id: UUID | None, text: str, **more: Any
    ) -> UUID:
        message_id: UUID = new_id()
        self.now += timedelta(seconds=1)

        def write(session: Session) -> None:
            table = table_of(Message)
            position = len(
                session.execute(
                    select(table.c.id).where(table.c.conversation_id == conversation_id)
                ).all()
            )
            values = {"direction": "in", "channel": "mail", "at": self.now, **more}
            session.execute(
                insert(table).values(
                    id=message_id, conversation_id=conversation_id, position=position + 1,
                    identity_id=identity_id, received_at=self.now, **values,
                )
            )  # fmt: skip
            session.execute(
                insert(table_of(Content)).values(
                    message_id=message_id, blocks=dump_content((Text(text=text),)), text=text,
                    at=self.now,
                )
            )  # fmt: skip
            session.execute(
                insert(table_of(SearchEntry)).values(
                    message_id=message_id, conversation_id=conversation_id, folded=text
                )
            )

        await self.does(write)
        return message_id

    async def file(self, customer_id: UUID, key: str) -> str:
        await self.adds(
            Blob, key=key, customer_id=customer_id, digest=key, size=4, media_type="text/plain",
            at=self.now,
        )  # fmt: skip
        return key

    async def buys(self, customer_id: UUID, number: str, amount: int, *lines: str) -> UUID:
        purchase_id: UUID = new_id()
        await self.adds(
            Purchase, id=purchase_id, customer_id=customer_id, number=number,
            placed_at=self.now, amount=amount, currency="IRR", status="paid",
        )  # fmt: skip
        for position, name in enumerate(lines):
            await self.adds(
                PurchaseLine, purchase_id=purchase_id, position=position, name=name,
                unit_amount=amount,
            )  # fmt: skip
        return purchase_id

    async def rates(self, conversation_id: UUID, customer_id: UUID, score: int, words: str) -> None:
        await self.adds(
            Rating, id=new_id(), conversation_id=conversation_id, customer_id=customer_id,
            source="survey", form="stars", score=score, scale=5, comment=words, at=self.now,
        )  # fmt: skip

    async def tags(self, customer_id: UUID, *tags: str) -> None:
        for tag in tags:
            await self.adds(CustomerTag, customer_id=customer_id, tag=tag)

    async def known(self, *customers: UUID) -> None:
        """What they are found by is up to date, as it is a moment after something happened."""
        await self.does(index.follow, customers, self.now)

    async def rows(self, *models: type[SQLModel]) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that stands in these tables, in an order of its own."""

        def read(session: Session) -> dict[str, list[tuple[Any, ...]]]:
            return {
                table_of(model).name: sorted(
                    (tuple(row) for row in session.execute(select(table_of(model)))), key=str
                )
                for model in models
            }

        found: dict[str, list[tuple[Any, ...]]] = await self.sees(read)
        return found
