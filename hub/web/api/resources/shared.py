"""What several resources show or take."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from hub.web.api.call import Made
from hub.web.api.model import Given, Id, Line, Shown, example

ONE: Final = "019a1f3e-7c11-7b42-9a51-0d8f5e4b6a10"
OTHER: Final = "019a1f3e-7c11-7b42-9a51-0d8f5e4b6a11"
"""Ids in examples."""
WHEN: Final = "2026-11-22T09:30:00Z"


class Named(Shown):
    """A person, a team, a customer, by name."""

    model_config = example(id=ONE, name="Sara Ahmadi")

    id: UUID
    name: str | None


class Address(Shown):
    """Where somebody can be reached. kind: of the channel."""

    model_config = example(kind="mail", address="mina@example.com", name="Mina Karimi")

    kind: str
    address: str
    name: str | None = None


class Acted(Shown):
    """What an act came to."""

    model_config = example(act=ONE)

    act: UUID | None = Field(description="Names it for an undo; null: nothing was to be changed")


class Undo(Given):
    """What is to be put back."""

    model_config = example(act=ONE)

    act: Id


def acted(made: Made) -> Acted:
    """From what `Call.once` gives: {"act": …}."""
    return Acted(act=made["act"])


def stored_act(act_id: UUID | None) -> dict[str, Any]:
    """An act as `Call.once` keeps it."""
    return {"act": str(act_id) if act_id is not None else None}


MailAddress = Annotated[
    Line, Field(description="`mina@example.com`, or `Mina Karimi <mina@example.com>`")
]
