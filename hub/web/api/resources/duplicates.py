"""Customers who may be one, and making them one."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.agents.rights import Right
from hub.conversations.customers import seeing
from hub.customers import duplicates, merging
from hub.customers.duplicates import Suggestion
from hub.customers.merging import CannotTakeBack, Choice, SameCustomer
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Flag, Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, whole
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, OTHER

resource = Resource(
    "Duplicates",
    "Customers who may be the same person, merges, and taking them back.",
    refuses={
        SameCustomer: problem.CONFLICT,
        CannotTakeBack: problem.CONFLICT,
    },
)

Value = Literal["name", "stage", "locale", "time_zone"]


class Pair(Shown):
    """Two customers who may be one. score: 0 to 100. evidence: what speaks for it."""

    model_config = example(
        first_id=ONE, second_id=OTHER, score=90, evidence=[{"kind": "phone", "value": "+98912…"}]
    )

    first_id: UUID
    second_id: UUID
    score: int
    evidence: list[dict[str, Any]]


class Dismissal(Given):
    """Two customers who are not one."""

    model_config = example(first_id=ONE, second_id=OTHER, dismissed=True)

    first_id: Id
    second_id: Id
    dismissed: Flag = Field(True, description="False: suggest them again")


class CustomerMerge(Given):
    """Who stays, and who goes into that one. What one of the two lacks is taken from the other."""

    model_config = example(kept_id=ONE, gone_id=OTHER, take=["name"], take_attributes=[])

    kept_id: Id
    gone_id: Id
    take: list[Value] = Field([], max_length=4, description="Taken from the one who goes")
    take_attributes: list[Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]] = Field(
        [], max_length=50, description="Attributes that are"
    )


class Merged(Shown):
    """A merge, which can be taken back by its id."""

    model_config = example(merge_id=ONE, customer_id=OTHER)

    merge_id: UUID
    customer_id: UUID


class Parted(Shown):
    """Two customers again. stays: what was changed since the merge, and is kept."""

    model_config = example(customer_id=ONE, stays=["name"])

    customer_id: UUID
    stays: list[str]


@resource.get("/duplicates", needs=Right.READ)
async def page(call: Call, paging: Paged) -> Page[Pair]:
    """List customers who may be one, the surest first."""
    place: Any = paging.place(whole, UUID, UUID)

    def read(session: Session) -> list[Suggestion]:
        seen = seeing.seen(session, call.viewer)
        return duplicates.page(session, place, seen=seen, limit=paging.limit)

    found = await call.read(read)
    shown, last = paging.part(found, lambda one: (one.score, one.first_id, one.second_id))
    call.saw("customer", {one for pair in shown for one in (pair.first_id, pair.second_id)})
    return Page(
        items=[
            Pair(
                first_id=one.first_id,
                second_id=one.second_id,
                score=one.score,
                evidence=[dict(why) for why in one.evidence],
            )
            for one in shown
        ],
        next=last,
    )


@resource.post("/duplicates/dismiss", needs=Right.WRITE, status=204)
async def dismiss(call: Call, given: Dismissal) -> None:
    """Never suggest these two again, or do again."""

    def run(session: Session) -> None:
        for one in (given.first_id, given.second_id):
            seeing.require(session, call.viewer, one)
        duplicates.dismiss(
            session,
            given.first_id,
            given.second_id,
            agent_id=call.viewer.agent_id,
            now=call.now,
            again=not given.dismissed,
        )

    await call.act(run)


@resource.post("/customer-merges", needs=Right.WRITE)
async def merge(call: Call, given: CustomerMerge) -> Merged:
    """Make two customers one."""
    choice = Choice(other=frozenset(given.take), attributes=frozenset(given.take_attributes))

    def run(session: Session) -> Made:
        for one in (given.kept_id, given.gone_id):
            seeing.require(session, call.viewer, one)
        merge_id = merging.merge(session, call.by, given.kept_id, given.gone_id, choice)
        return {"merge": str(merge_id)}

    made = await call.once(run)
    call.saw("customer", [given.kept_id])
    return Merged(merge_id=UUID(made["merge"]), customer_id=given.kept_id)


@resource.post("/customer-merges/{merge_id}/undo", needs=Right.WRITE)
async def take_back(call: Call, merge_id: Id) -> Parted:
    """Make two customers again of those that a merge made one."""

    def run(session: Session) -> Made:
        seeing.require(session, call.viewer, merging.kept_by(session, merge_id))
        kept, stays = merging.take_back(session, call.by, merge_id)
        return {"customer": str(kept), "stays": list(stays)}

    made = await call.once(run)
    return Parted(customer_id=UUID(made["customer"]), stays=made["stays"])
