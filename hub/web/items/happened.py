"""What happened between the messages, in a line each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from hub.conversations.thread import Item as Known
from hub.conversations.thread import Occurred, Scored, Silent
from hub.web.items.names import Names, key
from hub.web.routing.words import broken, waiting_for
from hub.web.views import Happened, Item, Rated
from hub.web.words import Say


def line(one: Known, names: Names) -> Item | None:
    """What is shown of an event, a silence or a rating; None where nothing is."""
    match one:
        case Scored():
            return Rated(
                id=one.id,
                key=key(one),
                author=names.customer,
                score=one.score,
                best=one.scale,
                at=one.at,
                comment=one.comment,
                form=one.form,
                signal=None if one.source == "survey" else one.source,
            )
        case Silent():
            return Happened(
                id=one.id,
                key=key(one),
                what="silent",
                at=one.at,
                actor=one.rule,
                rule=True,
                thing=one.reason,
                why=names.why(one.why),
            )
        case Occurred():
            return _happened(one, names)
        case _:
            return None


def _happened(one: Occurred, names: Names) -> Happened | None:  # noqa: C901 - a case each
    details = one.details
    thing = text = None
    match one.kind:
        case "conversation.created":
            what = "opened"
        case "conversation.assigned" if details.get("agent"):
            what, thing = "assigned", names.agents.get(UUID(details["agent"]), "?")
        case "conversation.assigned":
            what = "assigned_team"
            thing = names.teams.get(UUID(details["team"]), "?") if details.get("team") else "?"
        case "conversation.unassigned":
            what = "unassigned"
        case "conversation.resolved":
            what = "resolved"
        case "conversation.reopened":
            what = "reopened"
        case "conversation.tagged" if added(details):
            what, thing = "tagged", ", #".join(added(details))
        case "participant.joined":
            what, thing = "joined", one.person or "?"
        case "act.undone":
            what = "undone"
        case "routing.waiting":
            what, text = "other", waiting_for(details.get("reason"), names.say)
        case "sla.breached":
            what, text = "other", broken(details.get("target"), names.say)
        case "identity.claimed":
            what = "other"
            text = names.say("Answers also go to %s from here on, as the customer asked") % (
                one.person or "?"
            )
        case "identity.denied":
            what = "other"
            text = names.say("%s says that this is not theirs; nothing more is sent there") % (
                one.person or "?"
            )
        case _:
            what, text = "other", _by_rule(one, names.say)
            if text is None:
                return None
    return Happened(
        id=one.position.replace(".", "-"),
        key=key(one),
        what=what,  # type: ignore[arg-type]
        at=one.at,
        actor=_actor(one, names) if one.kind != "conversation.created" else None,
        rule=one.actor.startswith("rule:"),
        thing=thing,
        text=text,
        why=_routing(one, names) or names.why(one.why),
        undo=_undo(one, names),
    )


def added(details: Mapping[str, Any]) -> list[str]:
    """The tags that an event tells as put on."""
    before, after = details.get("changed", {}).get("tags", ([], []))
    return sorted(set(after) - set(before))


def _by_rule(one: Occurred, say: Say) -> str | None:
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
        case "conversation.tagged":
            return say("The rule %s took tags off") % rule
        case "agent.notified":
            return say("The rule %s told colleagues") % rule
        case "webhook.called":
            return say("The rule %s called a webhook") % rule
        case _:
            return None


def _undo(one: Occurred, names: Names) -> str | None:
    """Where what a rule changed is put back; the first hand-over leaves nothing to go back to."""
    changed = one.details.get("changed", {})
    if not one.actor.startswith("rule:") or not changed:
        return None
    if changed.keys() <= {"team_id", "assignee_id"} and not any(was for was, _ in changed.values()):
        return None
    return f"/conversations/{names.conversation_id}/undo-rule/{one.key[2]}"


def _routing(one: Occurred, names: Names) -> str | None:
    """Where it is told why a conversation went to whom."""
    decision = one.details.get("routing")
    return f"/conversations/{names.conversation_id}/routing/{decision}" if decision else None


def _actor(one: Occurred, names: Names) -> str | None:
    kind, _, rest = one.actor.partition(":")
    if kind == "rule":
        return rest
    if kind == "agent":
        return names.agents.get(UUID(rest), "?")
    return None
