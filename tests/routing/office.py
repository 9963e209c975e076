"""An office of sample agents at a running hub: who is there, and what is given to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlmodel import Session

from hub import routing
from hub.agents.directory import add_agent
from hub.attendance import LINGERS
from hub.conversations.ledger import Ledger
from hub.routing import Routed
from hub.store.statements import table_of
from hub.store.tables import Availability, Conversation, RoutingDecision, Team, TeamMember, Timer
from hub.store.types import new_id
from hub.store.versions import policy_changed
from tests.desk import Desk, until


@dataclass
class Office:
    """Agents by name, teams by slug."""

    desk: Desk
    agents: dict[str, UUID] = field(default_factory=dict)
    teams: dict[str, UUID] = field(default_factory=dict)
    tabs: dict[str, UUID] = field(default_factory=dict)

    @property
    def hub(self) -> Any:
        return self.desk.hub

    async def hires(self, *names: str, team: str = "support", **team_values: Any) -> None:
        """Add agents, and a team of them."""

        def add(session: Session) -> None:
            if team not in self.teams:
                self.teams[team] = new_id()
                session.execute(
                    insert(table_of(Team)).values(
                        id=self.teams[team],
                        brand_id=self.hub.policy.brand_id,
                        slug=team,
                        name={"en": team.title()},
                        **team_values,
                    )
                )
            for name in names:
                if name not in self.agents:
                    self.agents[name] = add_agent(
                        session,
                        name=name,
                        mail=f"{name}@example.org",
                        password_hash=None,
                        role="agent",
                        locale="en",
                        calendar="gregorian",
                        time_zone="UTC",
                        now=self.hub.clock.now(),
                    )
                session.execute(
                    insert(table_of(TeamMember)).values(
                        team_id=self.teams[team], agent_id=self.agents[name]
                    )
                )
            policy_changed(session)

        await self.hub.database.write(add)
        await until(lambda: team in self.hub.policy.teams, "the team to be known")
        await until(
            lambda: all(f"{name}@example.org" in self.hub.policy.agents for name in names),
            "the agents to be known",
        )

    async def comes(self, *names: str) -> None:
        """Agents open a tab, and are online."""
        for name in names:
            self.tabs[name] = self.hub.attendance.opened(self.agents[name])
        for name in names:
            await self.is_now(name, "online")

    async def closes(self, name: str) -> None:
        """An agent closes the tab."""
        self.hub.attendance.closed(self.tabs.pop(name))

    async def goes(self, name: str) -> None:
        """An agent closes the tab, and does not come back while the agent lingers."""
        await self.closes(name)
        await until(self._lingers(name), f"{name} to linger")
        await self.desk.moves(timedelta(seconds=31))
        await self.is_now(name, "offline")

    def _lingers(self, name: str) -> Any:
        async def lingers() -> bool:
            return bool(await self.desk.all(Timer, kind=LINGERS, subject=str(self.agents[name])))

        return lingers

    async def state(self, name: str) -> str:
        rows = await self.desk.all(Availability, agent_id=self.agents[name])
        return rows[0].state if rows else "offline"

    async def is_now(self, name: str, state: str) -> None:
        async def there() -> bool:
            return await self.state(name) == state

        await until(there, f"{name} to be {state}")

    async def takes(self, name: str, **values: Any) -> None:
        """Set what an agent takes at once."""
        table = table_of(Availability)
        statement = update(table).where(table.c.agent_id == self.agents[name]).values(**values)
        await self.hub.database.write(lambda session: session.execute(statement) and None)

    async def routes(self, conversation_id: UUID, **how: Any) -> Routed:
        """What a rule's action does."""

        def route(session: Session) -> Routed:
            now = self.hub.clock.now()
            ledger = Ledger(session, now)
            ledger.load([conversation_id])
            routed = routing.assign(
                session,
                ledger,
                self.hub.policy.routing,
                ledger.conversations[conversation_id],
                actor="rule:sample",
                now=now,
                **how,
            )
            ledger.flush()
            return routed

        routed: Routed = await self.hub.database.write(route)
        return routed

    async def matter(self, who: str = "sara", **how: Any) -> UUID:
        """A customer writes; the conversation."""
        message_id = await self.desk.hears("sample words", sender=who, **how)
        conversation = await self.desk.conversation(message_id)
        key: UUID = conversation.id
        return key

    async def matters(self, count: int, first: str = "customer") -> list[UUID]:
        return [await self.matter(f"{first}{number}") for number in range(count)]

    async def holder(self, conversation_id: UUID) -> str | None:
        """Whose a conversation is, by name."""
        row = await self.desk.one(Conversation, id=conversation_id)
        return next((name for name, key in self.agents.items() if key == row.assignee_id), None)

    async def held_by(self, conversation_id: UUID, name: str | None) -> None:
        async def held() -> bool:
            return await self.holder(conversation_id) == name

        await until(held, f"{name} to get it")

    async def decisions(self, conversation_id: UUID) -> Sequence[Any]:
        table = table_of(RoutingDecision)
        query = (
            select(table)
            .where(table.c.conversation_id == conversation_id)
            .order_by(table.c.at, table.c.id)
        )
        rows: Sequence[Any] = await self.hub.database.read(
            lambda session: session.execute(query).all()
        )
        return rows
