"""Tags: what conversations and customers carry."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.conversations import tag_book
from hub.conversations.tag_book import TagExists
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Flag, Given, Shown, example
from hub.web.api.paging import Page, Paged, text
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.tags import changing
from hub.web.tags.changing import StillGoing

resource = Resource(
    "Tags",
    "What conversations and customers carry, and what each is for.",
    refuses={
        TagExists: problem.CONFLICT,
        StillGoing: problem.CONFLICT,
        ValueError: problem.REFUSED,
    },
)

TagName = Annotated[Name, StringConstraints(max_length=60)]
About = Annotated[
    dict[Literal["en", "fa"], Annotated[Name, StringConstraints(max_length=200)]],
    Field(description="What it is for, by language"),
]


class Tag(Shown):
    """A tag. conversations, customers: how many carry it."""

    model_config = Shown.model_config | example(
        name="invoice", about={"en": "Asks for an invoice"}, retired=False, conversations=31,
        customers=2,
    )  # fmt: skip

    name: str
    about: dict[str, str]
    retired: bool = Field(description="It is offered no more")
    conversations: int
    customers: int


class TagAbout(Given):
    """A tag, new or known, with what it is for."""

    model_config = example(name="invoice", about={"en": "Asks for an invoice"})

    name: TagName
    about: About


class TagRetired(Given):
    """Whether a tag is offered."""

    model_config = example(name="invoice", retired=True)

    name: TagName
    retired: Flag


class TagRenamed(Given):
    """A tag with its new name. into: another tag of that name takes it in."""

    model_config = example(name="invoice", new="invoices", into=False)

    name: TagName
    new: TagName
    into: Flag = False


class TagNamed(Given):
    """Which tag."""

    model_config = example(name="invoice")

    name: TagName


class TagDone(Shown):
    """The tag's name as it is kept. Conversations and customers follow in the background."""

    model_config = example(name="invoices")

    name: str


@resource.get("/tags", needs=Right.EDIT_LABELS)
async def page(
    call: Call,
    paging: Paged,
    q: Annotated[str, Query(max_length=60, pattern=r"^[^\x00]*$")] = "",
) -> Page[Tag]:
    """List the tags by name; `q`: those with this in their name."""
    place = paging.place(text)
    found = await call.read(
        tag_book.page, search=q, after=place[0] if place else "", limit=paging.ahead
    )
    shown, more = paging.part(found, lambda one: (one.name,))
    return Page(items=[Tag.model_validate(one) for one in shown], next=more)


@resource.post("/tags", needs=Right.EDIT_LABELS)
async def describe(call: Call, given: TagAbout) -> Tag:
    """Make a tag, or say what one is for."""

    def write(session: Session) -> Made:
        about = {str(locale): words for locale, words in given.about.items()}
        return {"name": tag_book.describe(session, call.by, given.name, about)}

    made = await call.once(write)
    return Tag.model_validate(await call.read(tag_book.one, made["name"]))


@resource.post("/tags/retire", needs=Right.EDIT_LABELS)
async def retire(call: Call, given: TagRetired) -> Tag:
    """Offer a tag no more, or again; it stays where it is."""
    await call.act(tag_book.retire, call.by, given.name, retired=given.retired)
    return Tag.model_validate(await call.read(tag_book.one, given.name))


@resource.post("/tags/rename", needs=Right.EDIT_LABELS, status=202)
async def rename(call: Call, given: TagRenamed) -> TagDone:
    """Rename a tag, everywhere."""

    def write(session: Session) -> Made:
        return {"name": changing.rename(session, call.by, given.name, given.new, into=given.into)}

    return TagDone(name=(await call.once(write))["name"])


@resource.post("/tags/take-off", needs=Right.EDIT_LABELS, status=202)
async def take_off(call: Call, given: TagNamed) -> TagDone:
    """Take a tag off everything, and forget it."""
    await call.act(changing.take_off, call.by, given.name)
    return TagDone(name=given.name)
