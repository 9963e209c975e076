"""What rules tell others than the customer: a webhook, a mail address."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    TypeAdapter,
)

from hub.rules.engine.arguments import Name, Phrase, Word
from hub.rules.engine.effects import CallWebhook, Forward
from hub.rules.engine.facts import Facts
from hub.rules.engine.vocabulary import Action, NameKind, Refusal
from hub.text import normalise_mail_address
from hub.text.marking import Sentence


class WebhookArgument(BaseModel):
    """`webhook` by its name in the settings; `send` goes along as it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook: Name
    send: Annotated[
        dict[Name, StrictBool | StrictInt | StrictFloat | Phrase], Field(max_length=50)
    ] = {}


def _mail(written: str) -> str:
    address = normalise_mail_address(written)
    if address is None:
        raise ValueError(
            Sentence(
                "%(written)s is no mail address; write one like help@example.org",
                written=repr(written),
            )
        )
    return address


class ForwardArgument(BaseModel):
    """`to`, and the mail account that sends it where there are several.

    automated: whether also what a machine wrote is forwarded; by itself it is not, so that two
    machines can not go round in a circle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[Word, AfterValidator(_mail)]
    account: Name | None = None
    automated: StrictBool = False


def _by_name(written: object) -> object:
    return {"webhook": written} if isinstance(written, str) else written


def _by_address(written: object) -> object:
    return {"to": written} if isinstance(written, str) else written


def _circling(wanted: ForwardArgument, facts: Facts) -> Refusal | None:
    message, budgets = facts.message, facts.budgets
    if message is not None and message.automated and not wanted.automated:
        return Refusal("suppressed", "automated mail is not forwarded unless the rule says so")
    if message is not None and message.backlog:
        return Refusal("suppressed", "backlog from before the account was connected")
    if budgets.in_conversation >= budgets.conversation_limit:
        return Refusal(
            "suppressed by budget",
            f"{budgets.in_conversation} automatic messages in this conversation in 24 hours "
            f"(at most {budgets.conversation_limit})",
        )
    return None


def _names_of_forward(wanted: ForwardArgument) -> list[tuple[NameKind, str]]:
    return [("account", wanted.account)] if wanted.account is not None else []


OUTWARD: Final[tuple[Action[Any], ...]] = (
    Action(
        "webhook",
        "Tell another program what happened; its answer can start further rules.",
        TypeAdapter(Annotated[WebhookArgument, BeforeValidator(_by_name)]),
        effect=lambda wanted, rule, path: CallWebhook(
            rule, path, wanted.webhook, tuple(wanted.send.items())
        ),
        decides="webhook",
        claims=lambda wanted: f"webhook {wanted.webhook}",
        names=lambda wanted: [("webhook", wanted.webhook)],
        needs=frozenset(),
    ),
    Action(
        "forward",
        "Send the message on to a mail address, with its files.",
        TypeAdapter(Annotated[ForwardArgument, BeforeValidator(_by_address)]),
        effect=lambda wanted, rule, path: Forward(rule, path, wanted.to, wanted.account),
        decides="forwarding",
        claims=lambda wanted: f"forward {wanted.to}",
        refuses=_circling,
        reads=frozenset({"budgets"}),
        names=_names_of_forward,
    ),
)
