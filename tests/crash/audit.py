"""The books are balanced: what the far sides took and gave, against what the hub has on record.

Every check gives its faults as texts, each with the history of the message that it is about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from hub.rules.engine import Decision
from tests.crash.far_sides import Came, FarSides, name_of
from tests.crash.people import BOT, SITE, SUPPORT, Said
from tests.crash.record import UNFINISHED, Kept, Record
from tests.crash.runner import TIMER


def audit(
    record: Record,
    *,
    said: Collection[Said],
    answers: Mapping[str, str],
    reminders: Collection[str],
    far: FarSides,
) -> list[str]:
    """All faults. answers: the agent's, by form key. reminders: the timers' subjects."""
    return [
        *_stored_once(record, said),
        *_in_order_of_writing(record, said),
        *_decided_on(record),
        *_answered_by_agent(record, answers),
        *_settled(record),
        *_sent_once(record, far),
        *_in_order_at_the_far_side(record, far),
        *_no_lane_stuck(record),
        *_no_timer_lost(record, reminders),
        *_numbered_without_gaps(record),
    ]


def _stored_once(record: Record, said: Collection[Said]) -> Iterator[str]:
    kept: defaultdict[tuple[str, str], list[Kept]] = defaultdict(list)
    for message in record.directed("in"):
        kept[message.account or "", message.text.strip()].append(message)
    for one in said:
        found = kept.pop((one.account, one.text), [])
        if not found:
            yield f"lost: {one}"
        if len(found) > 1:
            yield _fault(f"stored {len(found)} times: {one}", record, found)
    for strangers in kept.values():
        yield _fault("stored, but nobody wrote it", record, strangers)
    handled = Counter(row.message_id for row in record.deliveries if row.message_id)
    originals = Counter(row.message_id for row in record.originals)
    for message in record.directed("in"):
        if handled[message.id] != 1:
            yield _fault(f"handled {handled[message.id]} times", record, [message])
        if message.account in (BOT, SUPPORT) and originals[message.id] != 1:
            yield _fault(f"{originals[message.id]} originals", record, [message])
    for row in record.originals:
        if row.reason:
            yield f"set aside: {row.account} {row.external_id}: {row.reason}"


def _in_order_of_writing(record: Record, said: Collection[Said]) -> Iterator[str]:
    """What one person writes in one conversation stands there in the order of writing."""
    written = {(one.account, one.text): place for place, one in enumerate(said)}
    for messages in record.by_conversation().values():
        came = [message for message in messages if message.direction == "in"]
        places = [written.get((m.account or "", m.text.strip()), -1) for m in came]
        if places != sorted(places):
            yield _fault("not in the order of writing", record, came)


def _decided_on(record: Record) -> Iterator[str]:
    """Every message has its one rule result, and what that says was queued is there."""
    results = Counter(row.message_id for row in record.results if row.event == "message.received")
    for message in record.directed("in"):
        if results[message.id] != 1:
            yield _fault(f"{results[message.id]} rule results", record, [message])
    promised: Counter[UUID] = Counter()
    for row in record.results:
        if row.outcome == "error":
            yield f"the rules failed on {row.message_id}: {row.result}"
        promised[row.conversation_id] += sum(
            action.path.endswith(".reply") and action.outcome == "done"
            for rule in Decision.from_json(row.result).rules
            for action in rule.actions
        )
    for conversation_id, messages in record.by_conversation().items():
        automatic = [message for message in messages if message.rule is not None]
        if len(automatic) != promised[conversation_id]:
            yield _fault(
                f"the rules answered {promised[conversation_id]} times, "
                f"{len(automatic)} answers are there",
                record,
                messages,
            )


def _answered_by_agent(record: Record, answers: Mapping[str, str]) -> Iterator[str]:
    kept: defaultdict[str, list[Kept]] = defaultdict(list)
    for message in record.directed("out"):
        if message.client_id:
            kept[message.client_id].append(message)
    for form_key, text in answers.items():
        found = kept.pop(form_key, [])
        if [message.text for message in found] != [text]:
            yield _fault(f"the agent wrote {text!r} once", record, found)
    for strangers in kept.values():
        yield _fault("an answer that no agent wrote", record, strangers)


def _settled(record: Record) -> Iterator[str]:
    """Every answer is sent, or unconfirmed where the sending had begun."""
    for message in record.directed("out"):
        begun = (message.attempt or 0) >= 1 and message.begun_at is not None
        if message.state == "sent" and begun:
            continue
        if message.state == "unconfirmed" and begun and message.account != SITE:
            continue
        yield _fault(f"neither sent nor rightly unconfirmed: {message.state}", record, [message])
    for conversation in record.conversations:
        messages = record.by_conversation()[conversation.id]
        troubled = sum(message.state in ("failed", "unconfirmed") for message in messages)
        if conversation.undelivered != troubled:
            yield f"{conversation.id} counts {conversation.undelivered} undelivered, has {troubled}"


def _sent_once(record: Record, far: FarSides) -> Iterator[str]:
    for account, everything in far.items():
        came: defaultdict[str, list[Came]] = defaultdict(list)
        for one in everything:
            came[one.name].append(one)
        unnamed: list[Kept] = []
        for message in record.directed("out"):
            if message.account != account:
                continue
            name = name_of(account, message.id, message.external_id)
            if name is None:
                unnamed.append(message)
                continue
            found = came.pop(name, [])
            if len(found) > 1:
                yield _fault(f"came {len(found)} times", record, [message])
            if not found and message.state == "sent":
                yield _fault("called sent, but it never came", record, [message])
            for one in found:
                if not _same(account, message.text, one.text):
                    yield _fault(f"came as {one.text!r}", record, [message])
        # What an unconfirmed message is called is known to the far side alone: by its words then.
        for message in unnamed:
            fitting = [
                name
                for name, (one, *_) in came.items()
                if one.to == message.address and one.text == message.text
            ]
            if message.state != "unconfirmed":
                yield _fault("sent without a name", record, [message])
            if fitting:
                del came[fitting[0]]
        for strangers in came.values():
            yield f"came without being on record, or once more: {strangers}"


def _same(account: str, kept: str, came: str) -> bool:
    return " ".join(kept.split()) == " ".join(came.split()) if account == SUPPORT else kept == came


def _in_order_at_the_far_side(record: Record, far: FarSides) -> Iterator[str]:
    for account, everything in far.items():
        place = {one.name: number for number, one in enumerate(everything)}
        for messages in record.by_conversation().values():
            gone: defaultdict[str | None, list[Kept]] = defaultdict(list)
            for message in messages:
                name = name_of(account, message.id, message.external_id)
                if message.direction == "out" and message.account == account and name in place:
                    gone[message.address].append(message)
            for sent in gone.values():
                places = [place[name_of(account, m.id, m.external_id) or ""] for m in sent]
                if places != sorted(places):
                    yield _fault(f"came in another order, {places}", record, sent)


def _no_lane_stuck(record: Record) -> Iterator[str]:
    waiting = [message for message in record.messages if message.state in UNFINISHED]
    if waiting:
        yield _fault("still on their way", record, waiting)
    for lane in record.lanes:
        if lane.ready_at is not None or lane.lease_until is not None:
            yield f"the lane of {lane.conversation_id} is not free: {lane}"


def _no_timer_lost(record: Record, reminders: Collection[str]) -> Iterator[str]:
    notes = Counter(message.text for message in record.directed("note"))
    for subject in reminders:
        if notes[subject] != 1:
            yield f"{subject}: {notes[subject]} notes"
    for timer in record.timers:
        if timer.kind == TIMER:
            yield f"a timer was never carried out: {timer}"


def _numbered_without_gaps(record: Record) -> Iterator[str]:
    sequences: defaultdict[UUID, list[int]] = defaultdict(list)
    for event in record.events:
        if event.conversation_id is not None:
            sequences[event.conversation_id].append(event.sequence)
    for conversation in record.conversations:
        positions = [message.position for message in record.by_conversation()[conversation.id]]
        if positions != list(range(1, conversation.position + 1)):
            yield f"{conversation.id} has the positions {positions}, not 1–{conversation.position}"
        if sequences[conversation.id] != list(range(1, conversation.sequence + 1)):
            yield f"{conversation.id} has gaps among its events: {sequences[conversation.id]}"


def _fault(what: str, record: Record, messages: Collection[Kept]) -> str:
    return "\n".join([what, *(record.history(message) for message in messages)])
