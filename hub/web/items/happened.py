"""What happened between the messages, in a line each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from hub.conversations.thread import Item as Known
from hub.conversations.thread import Occurred, Scored, Silent
from hub.text.marking import N_
from hub.web.items.names import Names, key
from hub.web.routing.words import broken, waiting_for
from hub.web.views import EventName, Happened, Item, Rated

UNDO_SHOWN: Final = timedelta(hours=1)
"""How long what somebody did can be undone from its line."""


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
                thing=_in_short(one.reason),
                why=names.why(one.why),
            )
        case Occurred():
            return _happened(one, names)
        case _:
            return None


_SAID: Final = {
    "automated mail is never answered": N_("automated mail is never answered"),
    "backlog from before the account was connected": N_("it came before the account was connected"),
    "the message arrived too late to be answered by itself": N_("the message arrived late"),
}


def _in_short(reason: str) -> str:
    """Why a rule was silent, for a line; the page that explains it has the rule's own words."""
    often = reason.startswith("template ") or "automatic answers" in reason
    return N_("answered often enough") if often else _SAID.get(reason, reason)


def _happened(one: Occurred, names: Names) -> Happened | None:
    told = _told(one, names)
    if told is None:
        return None
    what, thing, text = told
    until = one.details.get("until") if what == "snoozed" else None
    return Happened(
        id=one.position.replace(".", "-"),
        key=key(one),
        what=what,
        at=one.at,
        actor=_actor(one, names) if one.kind != "conversation.created" else None,
        rule=one.actor.startswith("rule:"),
        thing=thing,
        text=text,
        until=datetime.fromisoformat(until) if until else None,
        link=_elsewhere(one),
        why=_routing(one, names) or names.why(one.why),
        undo=_undo(one, names),
    )


Told = tuple[EventName, str | None, str | None]
"""What a line says, whom or what it concerns, and the whole sentence where `what` is "other"."""

_BY_ANYBODY: Final[Mapping[str, EventName]] = {
    "conversation.created": "opened",
    "conversation.unassigned": "unassigned",
    "conversation.resolved": "resolved",
    "conversation.reopened": "reopened",
    "act.undone": "undone",
}
_BY_SOMEBODY: Final[Mapping[str, EventName]] = {
    "conversation.snoozed": "snoozed",
    "conversation.waiting": "waiting",
    "conversation.spam": "spam",
    "conversation.renamed": "renamed",
    "conversation.merged": "merged",
    "conversation.merged_into": "merged_into",
    "messages.moved": "moved",
    "messages.came": "came",
    "agent.notified": "notified",
    "webhook.called": "called",
}
"""What is told where an agent or a rule did it; the hub does some of it in passing."""


def _told(one: Occurred, names: Names) -> Told | None:
    details, say = one.details, names.say
    if one.kind in _BY_ANYBODY:
        return _BY_ANYBODY[one.kind], None, None
    match one.kind:
        case "conversation.assigned" if details.get("agent"):
            return "assigned", names.agents.get(UUID(details["agent"]), "?"), None
        case "conversation.assigned":
            team = names.teams.get(UUID(details["team"]), "?") if details.get("team") else "?"
            return "assigned_team", team, None
        case "conversation.tagged" if added(details):
            return "tagged", ", #".join(added(details)), None
        case "participant.joined":
            return "joined", one.person or "?", None
        case "routing.waiting":
            return "other", None, waiting_for(details.get("reason"), say)
        case "sla.breached":
            return "other", None, broken(details.get("target"), say)
        case "identity.claimed":
            text = say("Answers also go to %s from here on, as the customer asked")
            return "other", None, text % (one.person or "?")
        case "identity.denied":
            text = say("%s says that this is not theirs; nothing more is sent there")
            return "other", None, text % (one.person or "?")
        case "webhook.answered":
            answered = details.get("state") == "answered"
            text = (
                say("The webhook %s answered")
                if answered
                else say("The webhook %s could not be reached")
            )
            return "other", None, text % details.get("name", "")
        case _ if _actor(one, names) is not None:
            return _by_somebody(one, names)
        case _:
            return None


def _by_somebody(one: Occurred, names: Names) -> Told | None:
    match one.kind:
        case "conversation.prioritised":
            wanted = one.details.get("changed", {}).get("priority", (0, 0))[1]
            return "prioritised", str(wanted), None
        case "conversation.topic":
            chosen = one.details.get("topic")
            return "topic", names.topics.get(UUID(chosen)) if chosen else None, None
        case "conversation.tagged" if taken_off(one.details):
            return "untagged", ", #".join(taken_off(one.details)), None
        case kind if kind in _BY_SOMEBODY:
            return _BY_SOMEBODY[kind], None, None
        case _:
            return None


def _elsewhere(one: Occurred) -> tuple[str, int] | None:
    """Another conversation that the line speaks of, and its number."""
    other = one.details.get("to") or one.details.get("of") or one.details.get("into")
    number = one.details.get("number")
    if not one.kind.startswith(("messages.", "conversation.merged")) or not number:
        return None
    return (f"/conversations/{other or one.details['other']}", int(number))


def added(details: Mapping[str, Any]) -> list[str]:
    """The tags that an event tells as put on."""
    before, after = details.get("changed", {}).get("tags", ([], []))
    return sorted(set(after) - set(before))


def taken_off(details: Mapping[str, Any]) -> list[str]:
    """The tags that an event tells as taken off."""
    before, after = details.get("changed", {}).get("tags", ([], []))
    return sorted(set(before) - set(after))


def _undo(one: Occurred, names: Names) -> str | None:
    """Where it is put back: what a rule changed (the first hand-over leaves nothing to go back
    to), and for a while what the viewer did."""
    changed = one.details.get("changed", {})
    act = one.details.get("act")
    if act and one.actor == names.viewer and names.now - one.at < UNDO_SHOWN:
        return names.path(f"undo/{act}")
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
