"""What rules send to the customer: a row in the outbox, in the same transaction."""

from __future__ import annotations

from typing import Any

from hub.deciding.applying.scene import Outcome, Scene
from hub.message import plain_text
from hub.replies import TemplateError, Written
from hub.replies.library import MAIL
from hub.replies.orders import purchases, speaks_of_purchases
from hub.rules.engine import Refusal
from hub.rules.engine.effects import AskSatisfaction, LogSatisfaction, Reply
from hub.satisfaction import ask, log_signal
from hub.store.types import new_id


def reply(scene: Scene, effect: Reply) -> Outcome:
    conversation, subject = scene.conversation, scene.subject
    if (reason := no_way(scene)) is not None:
        return reason
    assert subject.account is not None
    try:
        written = _written(scene, effect)
    except TemplateError as error:
        return str(error)
    message_id = new_id()
    if subject.channel == MAIL and conversation.subject is None:
        # The first mail of a conversation that came by another way names it.
        conversation.subject = written.subject
    scene.ledger.write(
        conversation,
        id=message_id,
        direction="out",
        content=written.content,
        text=plain_text(written.content),
        channel=subject.channel,
        account=subject.account,
        identity_id=subject.identity_id,
        rule=effect.rule,
        template=effect.template,
        subject=conversation.subject,
        automated=True,
        at=scene.now,
    )
    scene.ledger.queue(
        conversation,
        message_id,
        account=subject.account,
        due_at=scene.now + effect.delay,
        give_up_after=scene.policy.give_up_after,
        cancel_on_reply=bool(effect.delay),
    )
    scene.happened("message.queued", effect, message_id=message_id, template=effect.template)
    scene.answered.last[effect.template] = scene.now
    count(scene)
    return None


def no_way(scene: Scene) -> str | None:
    """Why nothing can be sent to whom the event is about."""
    if not scene.subject.answerable:
        return "the sender takes part but is not the customer; nothing is sent by itself"
    if not scene.subject.contactable:
        return "the customer does not want to be contacted by us first"
    if scene.subject.account is None or scene.subject.identity_id is None:
        return "there is no way back to the customer"
    return None


def count(scene: Scene) -> None:
    """One automatic message more, for the budgets of whatever this transaction decides next."""
    scene.answered.to_customer += 1
    scene.answered.in_conversation[scene.conversation.id] += 1


def _written(scene: Scene, effect: Reply) -> Written:
    """Raises TemplateError."""
    conversation, subject, facts = scene.conversation, scene.subject, scene.facts
    locale = subject.locale or conversation.locale or scene.policy.locale
    variables: dict[str, Any] = {
        "customer": {
            "name": subject.name,
            "locale": locale,
            "attributes": subject.attributes,
        },
        "conversation": {"number": conversation.number, "subject": conversation.subject},
        "hours": facts.hours.variables(),
        "organisation": {"name": scene.policy.brand_name},
        "webhook": {"answer": facts.variables},
        "now": scene.now,
    }
    templates = scene.policy.templates
    if speaks_of_purchases(templates.reads(effect.template, locale, subject.channel)):
        scene.ledger.flush()
        variables |= purchases(scene.session, conversation.customer_id)
    return templates.write(effect.template, locale, variables, channel=subject.channel)


def ask_satisfaction(scene: Scene, effect: AskSatisfaction) -> Outcome:
    if (reason := no_way(scene)) is not None:
        return reason
    if effect.survey not in scene.policy.asking.kinds:
        return f"there is no survey called {effect.survey}"
    try:
        reason = ask(
            scene.ledger,
            scene.policy.asking,
            scene.conversation.id,
            survey=effect.survey,
            rule=effect.rule,
        )
    except TemplateError as error:
        return str(error)
    if reason is not None:
        return Refusal("suppressed", reason)
    count(scene)
    return None


def log_satisfaction(scene: Scene, effect: LogSatisfaction) -> Outcome:
    log_signal(
        scene.ledger,
        scene.conversation.id,
        score=effect.score,
        source=effect.source,
        message_id=scene.message_id,
        channel=scene.subject.channel,
        rule=effect.rule,
    )
    return None
