"""From what the store knows of a thread to the items that the pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.conversations.reply_to import Way as KnownWay
from hub.conversations.thread import Item as Known
from hub.conversations.thread import Occurred, Scored, Sent, Silent, Spoken
from hub.message import Buttons, Card, Html, Location, Media, Survey
from hub.web.routing.words import broken, waiting_for
from hub.web.rows import person_name
from hub.web.views import (
    Day,
    Delivery,
    DeliveryState,
    File,
    Happened,
    Item,
    Letter,
    Note,
    Rated,
    Said,
    Unread,
    Way,
)
from hub.web.words import Say

RUN: Final = timedelta(minutes=5)
"""How long one author's messages stand under one heading."""

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})


@dataclass(frozen=True)
class Names:
    """What ids are called, and where the shown ones are. other_ways: for what did not arrive."""

    conversation_id: UUID
    agents: Mapping[UUID, str]
    teams: Mapping[UUID, str]
    customer: str
    ways: tuple[KnownWay, ...]
    zone: ZoneInfo
    now: datetime
    say: Say


def key(item: Known, rank: int = 5) -> str:
    """Where an item stands in its thread, as text that sorts. rank: before (0) or at (5) it."""
    position, kind, sequence = item.key
    return f"{position:08d}{kind}{sequence:08d}{rank}"


def items(
    known: Iterable[Known],
    names: Names,
    *,
    before: Spoken | Mapping[UUID, Spoken] | None = None,
    unread_after: int | None = None,
) -> tuple[Item, ...]:
    """The items, with days between them.

    before: the message right before the first one, or before each. unread_after: the last
    message that was read, to mark where the agent stopped.
    """
    shown: list[Item] = []
    last = before if isinstance(before, Spoken) else None
    marked = unread_after is None
    for one in known:
        if not isinstance(one, Spoken):
            if (line := _line(one, names)) is not None:
                shown.append(line)
            continue
        if isinstance(before, Mapping):
            last = before.get(one.id)
        if last is None or _day(last, names) != _day(one, names):
            # The first day stands above the line that says how the conversation began.
            if one.position == 1:
                shown.insert(0, Day("0" * len(key(one)), one.at))
            else:
                shown.append(Day(key(one, 0), one.at))
        if not marked and one.direction == "in" and one.position > (unread_after or 0):
            shown.append(Unread(key(one, 2)))
            marked = True
        shown.append(_spoken(one, last, names))
        last = one
    return tuple(shown)


def way(known: KnownWay, names_say: Say, *, current: bool = False, **limits: object) -> Way:
    """A way to write to the customer, without what its channel can carry."""
    reason = None
    if not known.reachable:
        reason = known.unreachable_reason or names_say("cannot be reached")
    return Way(
        value=known.value,
        channel=known.kind,
        address=_address(known),
        current=current,
        unusable=reason,
    )


def _address(known: KnownWay) -> str:
    """Telegram's numbers and the chat's visitors mean nothing to people."""
    if known.kind == "mail":
        return known.address
    return known.name or known.address[-8:]


def _day(one: Spoken, names: Names) -> object:
    return one.at.astimezone(names.zone).date()


def _spoken(one: Spoken, last: Spoken | None, names: Names) -> Said | Note:
    author = _author(one, names)
    if one.direction == "note":
        return Note(
            id=one.id,
            key=key(one),
            author=author,
            at=one.at,
            text=one.text,
            form_key=one.form_key,
        )
    return Said(
        id=one.id,
        key=key(one),
        side="customer" if one.direction == "in" else "team",
        author=author,
        channel=one.channel or "",
        at=one.at,
        text=one.text,
        head=not _goes_on(one, last),
        letter=_letter(one, last, names),
        files=tuple(_files(one, names)),
        delivery=_delivery(one, names) if one.outgoing else None,
        rule=one.rule,
        why=_why(names, one.why),
        explained=f"/conversations/{names.conversation_id}/messages/{one.id}/why",
        participant=one.participant,
        edited=one.edited,
        deleted=one.deleted,
        form_key=one.form_key,
        choices=tuple(_choices(one)),
    )


def _author(one: Spoken, names: Names) -> str:
    if one.direction == "in":
        return person_name(one.author, one.address_kind, one.address, None, names.say)
    if any(isinstance(block, Survey) for block in one.content):
        return names.say("Survey")
    return one.author or names.say("Rule")


def _goes_on(one: Spoken, last: Spoken | None) -> bool:
    """Whether it stands under the heading of the message before it."""
    return (
        last is not None
        and one.channel != "mail"
        and last.direction == one.direction
        and last.channel == one.channel
        and last.address == one.address
        and last.agent_id == one.agent_id
        and last.rule == one.rule
        and timedelta() <= one.at - last.at < RUN
    )


def _letter(one: Spoken, last: Spoken | None, names: Names) -> Letter | None:
    if one.channel != "mail":
        return None
    original = None
    if one.direction == "in" or any(isinstance(block, Html) for block in one.content):
        original = f"/conversations/{names.conversation_id}/messages/{one.id}/original"
    # The subject of an answer says again what stands above.
    subject = one.subject if one.direction == "in" else None
    return Letter(subject=subject, original=original)


def _files(one: Spoken, names: Names) -> Iterable[File]:
    number = 0
    for block in one.content:
        match block:
            case Media(blob=None):
                yield File(
                    name=names.say("File"),
                    missing=block.missing or (None if block.remote else names.say("missing")),
                )
            case Media(blob=blob) if blob is not None:
                yield File(
                    name=blob.name or block.form,
                    size=blob.size,
                    url=f"/files/{one.id}/{number}",
                    picture=blob.media_type in _PICTURES,
                )
                number += 1
            case Card(image=image) if image is not None:
                yield File(
                    name=image.name or block.title,
                    size=image.size,
                    url=f"/files/{one.id}/{number}",
                    picture=image.media_type in _PICTURES,
                )
                number += 1
            case Location():
                place = f"{block.latitude:.5f},{block.longitude:.5f}"
                yield File(name=place)
            case _:
                pass


def _choices(one: Spoken) -> Iterable[str]:
    for block in one.content:
        if isinstance(block, Buttons | Card):
            for line in block.rows:
                yield from (button.label for button in line)


_STATES: Final[Mapping[str, DeliveryState]] = {
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "failed": "failed",
    "unconfirmed": "unconfirmed",
    "cancelled": "cancelled",
}


def _delivery(one: Spoken, names: Names) -> Delivery:
    sent = one.outgoing
    assert sent is not None
    state, at = _state(sent, names.now)
    others: tuple[Way, ...] = ()
    if state == "failed":
        others = tuple(
            way(other, names.say)
            for other in names.ways
            if other.reachable and not other.stranger and other.kind != one.channel
        )
    trouble = state in ("failed", "unconfirmed")
    return Delivery(
        state=state,
        at=at,
        reason=sent.error if trouble else None,
        code=sent.error_code if trouble else None,
        until=sent.due_at if state == "scheduled" else None,
        others=others,
    )


def _state(sent: Sent, now: datetime) -> tuple[DeliveryState, datetime | None]:
    if sent.state == "queued":
        # An attempt that failed for now waits too, but nobody scheduled it.
        scheduled = sent.due_at > now and sent.error is None
        return ("scheduled", sent.due_at) if scheduled else ("queued", None)
    if sent.state == "sent":
        if sent.read_at is not None:
            return "read", sent.read_at
        if sent.delivered_at is not None:
            return "delivered", sent.delivered_at
        return "sent", sent.sent_at
    return _STATES.get(sent.state, "queued"), None


def _why(names: Names, result_id: UUID | None) -> str | None:
    return f"/conversations/{names.conversation_id}/why/{result_id}" if result_id else None


def _line(one: Known, names: Names) -> Item | None:
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
                why=_why(names, one.why),
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
        why=_routing(one, names) or _why(names, one.why),
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
