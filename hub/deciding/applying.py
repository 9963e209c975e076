"""From a decision to rows: what the rules ask for is done in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding.gathering import Answered, Subject
from hub.message import plain_text
from hub.policy import Policy
from hub.replies import TemplateError
from hub.rules.engine import AddTags, Assign, Effect, Facts, Reply
from hub.store.tables import ConversationTag
from hub.store.types import new_id


class Applying:
    """Does what was decided. `answered` gives what a customer was answered automatically."""

    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        now: datetime,
        answered: Callable[[UUID], Answered],
    ) -> None:
        self.ledger = ledger
        self.policy = policy
        self.now = now
        self.answered = answered

    def apply(
        self, effect: Effect, conversation: ConversationState, subject: Subject, facts: Facts
    ) -> str | None:
        """Do what was decided; the reason when it can not be done."""
        match effect:
            case Assign():
                return self._assign(effect, conversation)
            case Reply():
                return self._reply(effect, conversation, subject, facts)
            case AddTags():
                for tag in effect.tags:
                    self.ledger.add(ConversationTag, conversation_id=conversation.id, tag=tag)
                return None

    def _assign(self, effect: Assign, conversation: ConversationState) -> str | None:
        if effect.team is not None:
            team_id = self.policy.teams.get(effect.team)
            if team_id is None:
                return f"there is no team called {effect.team}"
            if conversation.team_id == team_id:
                return None
            conversation.team_id = team_id
        else:
            agent_id = self.policy.agents.get(effect.agent or "")
            if agent_id is None:
                return f"there is no agent with the address {effect.agent}"
            conversation.assignee_id = agent_id
        self.ledger.happened(
            "conversation.assigned",
            f"rule:{effect.rule}",
            conversation,
            depth=self.ledger.depth + 1,
            team=str(conversation.team_id) if conversation.team_id else None,
            agent=str(conversation.assignee_id) if conversation.assignee_id else None,
        )
        return None

    def _reply(
        self, effect: Reply, conversation: ConversationState, subject: Subject, facts: Facts
    ) -> str | None:
        if not subject.answerable:
            return "the sender takes part but is not the customer; nothing is sent by itself"
        if subject.account is None or subject.identity_id is None:
            return "there is no way back to the customer"
        locale = subject.locale or conversation.locale or self.policy.locale
        try:
            content = self.policy.render(
                effect.template,
                locale,
                {
                    "customer": {"name": subject.name, "locale": locale},
                    "conversation": {
                        "number": conversation.number,
                        "subject": conversation.subject,
                    },
                    "hours": facts.hours.variables(),
                    "organisation": {"name": self.policy.brand_name},
                    "now": self.now,
                },
            )
        except TemplateError as error:
            return str(error)
        message_id = new_id()
        answered = self.answered(conversation.customer_id)
        self.ledger.write(
            conversation,
            id=message_id,
            direction="out",
            content=content,
            text=plain_text(content),
            channel=subject.channel,
            account=subject.account,
            identity_id=subject.identity_id,
            rule=effect.rule,
            template=effect.template,
            subject=conversation.subject,
            automated=True,
            at=self.now,
        )
        self.ledger.queue(
            conversation,
            message_id,
            account=subject.account,
            due_at=self.now,
            give_up_after=self.policy.give_up_after,
        )
        self.ledger.happened(
            "message.queued",
            f"rule:{effect.rule}",
            conversation,
            message_id=message_id,
            depth=self.ledger.depth + 1,
            template=effect.template,
        )
        answered.last[effect.template] = self.now
        answered.to_customer += 1
        answered.in_conversation[conversation.id] += 1
        return None
