"""What rules tell others than the customer: rows, which workers carry out after the commit."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, insert, select

from hub.customers.consent import SHARING, declined
from hub.deciding.applying.answers import count
from hub.deciding.applying.scene import Outcome, Scene
from hub.message import Content, Html, Media, Text, blobs, load_content
from hub.policy import AccountInfo
from hub.replies import TemplateError
from hub.rules.engine import Refusal
from hub.rules.engine.effects import CallWebhook, Forward
from hub.rules.engine.occasions import event_of
from hub.rules.webhook_calls import TOPIC
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Content as ContentTable
from hub.store.tables import Customer, Identity, Message, Participant, WebhookCall
from hub.store.types import new_id

MAIL: Final = "mail"
TEMPLATE: Final = "forward"
"""What stands above a forwarded message."""
COLLEAGUE: Final = "colleague"
"""The stage of whom nobody knows but as somebody that mail is forwarded to."""
LONGEST_TEXT: Final = 10_000


_KEPT: Final = Refusal("suppressed", "the customer does not want to be passed on to others")


def call_webhook(scene: Scene, effect: CallWebhook) -> Outcome:
    if effect.webhook not in scene.policy.webhooks:
        return f"there is no webhook called {effect.webhook} in the settings"
    if _declines(scene):
        return _KEPT
    call_id = new_id()
    scene.ledger.add(
        WebhookCall,
        id=call_id,
        webhook=effect.webhook,
        conversation_id=scene.conversation.id,
        message_id=scene.message_id,
        rule=effect.rule,
        depth=scene.depth,
        body=json.dumps(_told(scene, effect), ensure_ascii=False, separators=(",", ":")),
        due_at=scene.now,
        created_at=scene.now,
    )
    scene.happened("webhook.called", effect, call=str(call_id), webhook=effect.webhook)
    wake(scene.session, TOPIC)
    return None


def _told(scene: Scene, effect: CallWebhook) -> dict[str, Any]:
    """The payload, in the form of the Standard Webhooks specification: type, timestamp, data."""
    conversation, subject, message = scene.conversation, scene.subject, scene.facts.message
    policy = scene.policy
    return {
        "type": event_of(scene.facts.event),
        "timestamp": scene.now.isoformat(),
        "data": {
            "rule": effect.rule,
            "conversation": {
                "id": str(conversation.id),
                "number": conversation.number,
                "status": conversation.status,
                "subject": conversation.subject,
                "team": policy.team_slug(conversation.team_id),
                "agent": policy.agent_mail(conversation.assignee_id),
            },
            "customer": {
                "id": str(conversation.customer_id),
                "name": subject.name,
                "locale": subject.locale or conversation.locale,
                "stage": subject.stage,
                "attributes": subject.attributes,
            },
            "message": None
            if message is None
            else {
                "id": str(scene.message_id) if scene.message_id else None,
                "channel": message.channel,
                "account": message.account,
                "subject": message.subject,
                "text": message.text[:LONGEST_TEXT],
            },
            "send": dict(effect.send),
        },
    }


def _declines(scene: Scene) -> bool:
    return bool(declined(scene.session, SHARING, [scene.conversation.customer_id]))


def forward(scene: Scene, effect: Forward) -> Outcome:
    if scene.message_id is None:
        return "there is no message to forward"
    account = _mail_account(scene, effect.account)
    if isinstance(account, str):
        return account
    if not scene.subject.answerable:
        return Refusal("suppressed", "only what the customer writes is forwarded")
    if (reader := _reader(scene, effect.to)) is not None:
        return Refusal("suppressed", f"{effect.to} is read by our own account {reader}")
    if _declines(scene):
        return _KEPT
    # The message may have come in this very transaction.
    scene.ledger.flush()
    recipient = _recipient(scene, effect.to)
    if isinstance(recipient, Refusal):
        return recipient
    try:
        content, subject = _forwarded(scene, scene.message_id)
    except TemplateError as error:
        return str(error)
    conversation, message_id = scene.conversation, new_id()
    scene.ledger.write(
        conversation,
        id=message_id,
        direction="out",
        content=content,
        channel=account.kind,
        account=account.name,
        identity_id=recipient,
        reply_to_id=scene.message_id,
        rule=effect.rule,
        template=TEMPLATE,
        subject=subject,
        automated=True,
        at=scene.now,
    )
    scene.ledger.queue(
        conversation,
        message_id,
        account=account.name,
        due_at=scene.now,
        give_up_after=scene.policy.give_up_after,
    )
    scene.ledger.add(
        Participant,
        conversation_id=conversation.id,
        identity_id=recipient,
        role="participant",
        account=account.name,
        chat=None,
        answers=False,
        since_position=conversation.position,
        joined_at=scene.now,
    )
    scene.happened("message.queued", effect, message_id=message_id, template=TEMPLATE)
    count(scene)
    return None


def _mail_account(scene: Scene, named: str | None) -> AccountInfo | str:
    """The account that sends it, or why there is none."""
    accounts = {
        name: account for name, account in scene.policy.accounts.items() if account.kind == MAIL
    }
    if named is not None:
        return accounts.get(named, f"there is no connected mail account called {named}")
    brand_id = scene.conversation.brand_id
    ranked = sorted(
        accounts.values(),
        key=lambda account: (
            account.name != scene.subject.account,
            account.brand_id != brand_id,
            account.name,
        ),
    )
    return ranked[0] if ranked else "no mail account is connected"


def _reader(scene: Scene, address: str) -> str | None:
    """The account that would get a mail to this address back, which would be forwarded again."""
    local, _, domain = address.rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    return next(
        (
            account.name
            for account in scene.policy.accounts.values()
            if not account.addresses.isdisjoint((address, bare))
        ),
        None,
    )


def _recipient(scene: Scene, address: str) -> UUID | Refusal:
    """The identity that an address stands for, made where nobody knows it yet."""
    assert scene.message_id is not None
    session, conversation = scene.session, scene.conversation
    identity, message = table_of(Identity), table_of(Message)
    own = session.execute(
        select(
            exists().where(
                identity.c.customer_id == conversation.customer_id,
                identity.c.kind == MAIL,
                identity.c.address == address,
            )
        )
    ).scalar()
    if own:
        return Refusal("suppressed", f"{address} is the customer's own address")
    known: UUID | None = session.execute(
        select(identity.c.id)
        .where(
            identity.c.kind == MAIL,
            identity.c.address == address,
            (identity.c.proof == "verified") | (identity.c.origin == "sender"),
        )
        .order_by(identity.c.proof.desc())
        .limit(1)
    ).scalar()
    if known is None:
        return _made(scene, address)
    again = session.execute(
        select(
            exists().where(
                message.c.conversation_id == conversation.id,
                message.c.identity_id == known,
                message.c.reply_to_id == scene.message_id,
                message.c.direction == "out",
            )
        )
    ).scalar()
    if again:
        return Refusal("suppressed", f"it was forwarded to {address} before")
    return known


def _made(scene: Scene, address: str) -> UUID:
    customer_id, identity_id = new_id(), new_id()
    scene.session.execute(
        insert(table_of(Customer)).values(
            id=customer_id,
            stage=COLLEAGUE,
            first_source={},
            last_source={},
            attributes={},
            created_at=scene.now,
            seen_at=scene.now,
            version=1,
        )
    )
    scene.session.execute(
        insert(table_of(Identity)).values(
            id=identity_id,
            customer_id=customer_id,
            kind=MAIL,
            address=address,
            proof="claimed",
            origin="sender",
            reachable=True,
            created_at=scene.now,
            seen_at=scene.now,
        )
    )
    return identity_id


def _forwarded(scene: Scene, message_id: UUID) -> tuple[Content, str]:
    """The words and files to send, and the subject. Raises TemplateError."""
    message, content = table_of(Message), table_of(ContentTable)
    row = scene.session.execute(
        select(message.c.subject, content.c.blocks)
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .where(message.c.id == message_id)
    ).one()
    conversation, locale = scene.conversation, scene.policy.locale
    head = scene.policy.render(
        TEMPLATE,
        locale,
        {
            "customer": {"name": scene.subject.name, "locale": scene.subject.locale},
            "conversation": {"number": conversation.number, "subject": conversation.subject},
            "organisation": {"name": scene.policy.brand_name},
            "now": scene.now,
        },
        channel=MAIL,
    )
    # HTML says all that a mail says, and this one says more than its template.
    words = [block for block in head if not isinstance(block, Html)]
    said = load_content(row.blocks)
    # Words stand beside their HTML, which is not ours to vouch for; files that are still with
    # their source can not go along.
    kept = [block for block in said if isinstance(block, Text) or (
        isinstance(block, Media) and block.blob is not None
    )]  # fmt: skip
    if not kept and not any(blobs(said)):
        kept = [Text(text=scene.facts.message.text)] if scene.facts.message else []
    subject = row.subject or conversation.subject or f"#{conversation.number}"
    return (*words, *kept), f"Fwd: {subject}"
