"""What rules change about the customer."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, TypeAdapter

from hub.rules.engine.arguments import Name, Phrase, Words
from hub.rules.engine.effects import Block, SetAttribute, SetStage, TagCustomer, UntagCustomer
from hub.rules.engine.vocabulary import Action


class AttributeArgument(BaseModel):
    """`name` and `value`; a value of null removes the attribute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    value: StrictBool | StrictInt | StrictFloat | Phrase | None


ON_THE_CUSTOMER: Final[tuple[Action[Any], ...]] = (
    Action(
        "attribute",
        "Set an attribute of the customer.",
        TypeAdapter(AttributeArgument),
        effect=lambda wanted, rule, path: SetAttribute(rule, path, wanted.name, wanted.value),
        decides="attributes",
        claims=lambda wanted: f"attribute {wanted.name}",
    ),
    Action(
        "stage",
        "Move the customer to another stage, such as lead, customer or vip.",
        TypeAdapter(Name),
        effect=lambda wanted, rule, path: SetStage(rule, path, wanted),
        decides="stage",
        claims=lambda _: "stage",
    ),
    Action(
        "customer_tag",
        "Put tags on the customer.",
        TypeAdapter(Words),
        effect=lambda wanted, rule, path: TagCustomer(rule, path, wanted),
        decides="tags of the customer",
        claims=lambda _: None,
        names=lambda wanted: [("tag", name) for name in wanted],
    ),
    Action(
        "customer_untag",
        "Take tags off the customer.",
        TypeAdapter(Words),
        effect=lambda wanted, rule, path: UntagCustomer(rule, path, wanted),
        decides="tags of the customer",
        claims=lambda _: None,
        names=lambda wanted: [("tag", name) for name in wanted],
    ),
    Action(
        "block",
        "Block the customer, whose messages are spam from now on.",
        TypeAdapter(Literal["sender"]),
        effect=lambda _, rule, path: Block(rule, path),
        decides="block",
        claims=lambda _: "block",
    ),
)
