"""What rules and agents did to a conversation, in a sentence each."""

from __future__ import annotations

from hub.conversations.thread import Occurred
from hub.web.words import Say


def by_rule(one: Occurred, say: Say) -> str | None:
    """What a rule did, or came of it, in a sentence."""
    name = str(one.details.get("name", ""))
    if one.kind == "webhook.answered":
        if one.details.get("state") == "answered":
            return say("The webhook %s answered") % name
        return say("The webhook %s could not be reached") % name
    if not one.actor.startswith("rule:"):
        return None
    rule = one.actor.removeprefix("rule:")
    match one.kind:
        case "conversation.snoozed":
            return say("The rule %s put it aside for later") % rule
        case "conversation.spam":
            return say("The rule %s moved it to spam") % rule
        case "conversation.waiting":
            return say("The rule %s set it to waiting for the customer") % rule
        case "conversation.prioritised":
            return say("The rule %s changed its priority") % rule
        case "conversation.topic":
            return say("The rule %s said what it is about") % rule
        case "conversation.tagged":
            return say("The rule %s took tags off") % rule
        case "agent.notified":
            return say("The rule %s told colleagues") % rule
        case "webhook.called":
            return say("The rule %s called a webhook") % rule
        case _:
            return None


def by_agent(one: Occurred, who: str, say: Say) -> str | None:
    """What an agent did."""
    match one.kind:
        case "conversation.snoozed":
            text = say("%s put it aside for later")
        case "conversation.spam":
            text = say("%s moved it to spam")
        case "conversation.waiting":
            text = say("%s set it to waiting for the customer")
        case "conversation.prioritised":
            text = say("%s changed its priority")
        case "conversation.renamed":
            text = say("%s changed the subject")
        case "conversation.topic":
            text = say("%s chose what it is about")
        case "conversation.tagged":
            text = say("%s took tags off")
        case "conversation.merged":
            text = say("%s merged another conversation into this one:")
        case "conversation.merged_into":
            text = say("%s merged this conversation into")
        case "messages.moved":
            text = say("%s moved messages from here to")
        case "messages.came":
            text = say("%s moved messages here from")
        case _:
            return None
    return text % who
