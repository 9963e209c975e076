"""Attributes: what is asked about customers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.customers import attributes
from hub.customers.attributes import (
    LONGEST_NAME,
    MOST_CHOICES,
    Attribute,
    AttributeExists,
    Form,
)
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call
from hub.web.api.model import Flag, Given, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Move, Name, Names

resource = Resource(
    "Attributes",
    "What is asked about customers, and in which form.",
    refuses={
        AttributeExists: problem.CONFLICT,
        ValueError: problem.REFUSED,
    },
)

AttributeName = Annotated[Name, StringConstraints(max_length=LONGEST_NAME)]
Choices = Annotated[list[Name], Field(max_length=MOST_CHOICES)]
_EXAMPLE: dict[str, Any] = {
    "name": "plan",
    "label": {"en": "Plan", "fa": "طرح"},
    "form": "choice",
    "choices": ["basic", "plus"],
}


class CustomerAttribute(Shown):
    """An attribute as it is asked for."""

    model_config = Shown.model_config | example(**_EXAMPLE, retired=False)

    name: str = Field(description="By which rules and templates know it")
    label: dict[str, str]
    form: str
    choices: list[str]
    retired: bool = Field(description="It is asked for no more; values stay")


class NewAttribute(Given):
    """An attribute to be asked for."""

    model_config = example(**_EXAMPLE)

    name: AttributeName
    label: Names
    form: Form = "text"
    choices: Choices = Field(default_factory=list, description="With the form `choice`")


class AttributeChange(Given):
    """What of an attribute is to be changed."""

    model_config = example(name="plan", choices=["basic", "plus", "team"])

    name: AttributeName
    label: Names | None = None
    form: Form | None = None
    choices: Choices | None = None
    retired: Flag | None = None


class AttributeMove(Move):
    """Where an attribute is to go."""

    model_config = example(name="plan", by=-1)

    name: AttributeName


@resource.get("/attributes", needs=Right.READ)
async def page(call: Call, paging: Paged, retired: bool = False) -> Page[CustomerAttribute]:
    """List the attributes, in the order in which they are asked for."""
    found = await call.read(attributes.defined, retired=retired)
    return paged(found, paging, key=lambda one: one.name, show=CustomerAttribute.model_validate)


@resource.post("/attributes", needs=Right.EDIT_LABELS, status=201)
async def make(call: Call, given: NewAttribute) -> CustomerAttribute:
    """Ask for something about customers."""

    def write(session: Session) -> None:
        label = {str(locale): name for locale, name in given.label.items()}
        made = Attribute(given.name, label, given.form, tuple(given.choices))
        attributes.create(session, call.by, made)

    await call.act(write)
    return await _shown(call, given.name)


@resource.patch("/attributes", needs=Right.EDIT_LABELS)
async def change(call: Call, given: AttributeChange) -> CustomerAttribute:
    """Change an attribute, retire it, or ask for it again. What is left out stays."""

    def write(session: Session) -> None:
        was = attributes.one(session, given.name)
        if given.label is not None or given.form is not None or given.choices is not None:
            label = {str(k): v for k, v in given.label.items()} if given.label else was.label
            choices = was.choices if given.choices is None else tuple(given.choices)
            changed = Attribute(was.name, label, given.form or was.form, choices, was.retired)
            attributes.save(session, call.by, changed)
        if given.retired is not None:
            attributes.retire(session, call.by, given.name, retired=given.retired)

    await call.act(write)
    return await _shown(call, given.name)


@resource.post("/attributes/move", needs=Right.EDIT_LABELS)
async def move(call: Call, given: AttributeMove) -> CustomerAttribute:
    """Exchange an attribute with its neighbour; at an end it stays where it is."""
    await call.act(attributes.move, call.by, given.name, given.by)
    return await _shown(call, given.name)


async def _shown(call: ApiCall, name: str) -> CustomerAttribute:
    return CustomerAttribute.model_validate(await call.read(attributes.one, name))
