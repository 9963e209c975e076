"""What somebody types into the search: words, and operators such as `from:sara is:open`.

Operators are written in English or in Persian; what looks like one and is none is told, and looked
for as words. Pure: names of people, accounts and tags are looked up by whoever searches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from hub.calendars import instant, parse_date
from hub.text import fold, normalise_phone

Operator = Literal["from", "channel", "tag", "is", "before", "after", "assignee", "has", "team"]

OPERATORS: Final[Mapping[str, Operator]] = {
    "from": "from", "از": "from",
    "channel": "channel", "کانال": "channel",
    "tag": "tag", "برچسب": "tag",
    "is": "is", "وضعیت": "is",
    "before": "before", "قبل": "before",
    "after": "after", "بعد": "after",
    "assignee": "assignee", "مسئول": "assignee",
    "has": "has", "دارد": "has",
    "team": "team", "تیم": "team",
}  # fmt: skip
STATES: Final[Mapping[str, str]] = {
    "open": "open", "باز": "open",
    "waiting": "waiting", "منتظر": "waiting",
    "snoozed": "snoozed", "خوابیده": "snoozed",
    "resolved": "resolved", "closed": "resolved", "حل‌شده": "resolved",
    "spam": "spam", "هرزنامه": "spam",
    "unread": "unread", "نخوانده": "unread",
    "urgent": "urgent", "فوری": "urgent",
    "unassigned": "unassigned", "بی‌مسئول": "unassigned",
    "mine": "mine", "من": "mine",
}  # fmt: skip
THINGS: Final[Mapping[str, Literal["file", "note"]]] = {
    "file": "file", "files": "file", "attachment": "file", "فایل": "file", "پیوست": "file",
    "note": "note", "notes": "note", "یادداشت": "note",
}  # fmt: skip
CHANNELS: Final[Mapping[str, str]] = {
    "mail": "mail", "email": "mail", "e-mail": "mail", "ایمیل": "mail",
    "telegram": "telegram", "تلگرام": "telegram", "bale": "bale", "بله": "bale",
    "webchat": "webchat", "web": "webchat", "chat": "webchat", "چت": "webchat",
    "memory": "memory",
}  # fmt: skip
MOST_WORDS: Final = 16
_STATUSES: Final = frozenset({"open", "waiting", "snoozed", "resolved", "spam"})

_TERM: Final = re.compile(r'([^\W\d_]+):(?!//)(?:"([^"]*)"|(\S+))|"([^"]*)"|(\S+)')
_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"#?(\d{1,9})")
_PHONE: Final = re.compile(r"\+?[\d\s()./-]{7,24}")
_DAYS: Final = re.compile(r"(\d{1,4})d")


@dataclass(frozen=True)
class Fault:
    """Something that is not understood: an operator that is none ("subject:"), or a value that an
    operator does not have."""

    operator: str
    value: str
    known: bool


@dataclass(frozen=True)
class Query:
    """alternatives: lists of folded words, all of one list are wanted; the last of each may be a
    beginning. states, is_also: statuses, and what else holds ("unread", "mine"). number: a
    conversation's or an order's, where nothing else is asked for."""

    text: str
    alternatives: tuple[tuple[str, ...], ...] = ()
    senders: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    is_also: frozenset[str] = frozenset()
    before: datetime | None = None
    after: datetime | None = None
    assignees: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    has: frozenset[str] = frozenset()
    number: str | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return self.alternatives[0] if self.alternatives else ()

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (
            self.alternatives or self.senders or self.channels or self.tags or self.statuses
            or self.is_also or self.before or self.after or self.assignees or self.teams
            or self.has
        )  # fmt: skip


@dataclass
class _Read:
    words: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    before: datetime | None = None
    after: datetime | None = None


_BY_FOLDED: Final = {fold(word): name for word, name in OPERATORS.items()}
_STATES: Final = {fold(word): name for word, name in STATES.items()}
_THINGS: Final = {fold(word): name for word, name in THINGS.items()}
_CHANNELS: Final = {fold(word): name for word, name in CHANNELS.items()}


def read_query(text: str, now: datetime, zone: ZoneInfo) -> Query:
    """Read what was typed. Days begin in `zone`. Never raises."""
    text = text[:200].replace("\x00", " ")
    read = _Read()
    for name, quoted, plain, phrase, word in _TERM.findall(text):
        value = (quoted or plain).strip()
        if not name:
            read.words.append(phrase or word)
        elif (operator := _BY_FOLDED.get(fold(name))) is None:
            read.faults.append(Fault(name, value, known=False))
            read.words.append(f"{name} {value}")
        elif value:
            _take(read, operator, name, value, now, zone)
    said = " ".join(read.words)
    words = tuple(_WORD.findall(fold(said)))[:MOST_WORDS]
    states = frozenset(read.values.get("is", ()))
    return Query(
        text=text.strip(),
        alternatives=_alternatives(said, words),
        senders=tuple(read.values.get("from", ())),
        channels=tuple(read.values.get("channel", ())),
        tags=tuple(read.values.get("tag", ())),
        statuses=states & _STATUSES,
        is_also=states - _STATUSES,
        before=read.before,
        after=read.after,
        assignees=tuple(read.values.get("assignee", ())),
        teams=tuple(read.values.get("team", ())),
        has=frozenset(read.values.get("has", ())),
        number=_number(said) if not read.values else None,
        faults=tuple(read.faults),
    )


def _take(
    read: _Read, operator: Operator, name: str, value: str, now: datetime, zone: ZoneInfo
) -> None:
    known: str | None = value
    match operator:
        case "is":
            known = _STATES.get(fold(value))
        case "has":
            known = _THINGS.get(fold(value))
        case "channel":
            known = _CHANNELS.get(fold(value), value.lower())
        case "tag":
            known = value.removeprefix("#")
        case "before" | "after":
            day = _day(value, now, zone)
            if day is None:
                known = None
            elif operator == "before":
                read.before = instant(datetime.combine(day, time()), zone)
            else:
                read.after = instant(datetime.combine(day, time()), zone)
        case _:
            pass
    if known is None:
        read.faults.append(Fault(name, value, known=True))
    else:
        read.values.setdefault(operator, []).append(known)


def _day(value: str, now: datetime, zone: ZoneInfo) -> date | None:
    """2026-11-22, ۱۴۰۵/۹/۱, today, yesterday, 7d (so many days ago)."""
    today, folded = now.astimezone(zone).date(), fold(value)
    if folded in ("today", "امروز"):
        return today
    if folded in ("yesterday", "دیروز"):
        return today - timedelta(days=1)
    if (ago := _DAYS.fullmatch(folded)) is not None:
        return today - timedelta(days=int(ago[1]))
    found = parse_date(value)
    return found if found is not None and found.year > 1 else None


def _number(said: str) -> str | None:
    found = _NUMBER.fullmatch(fold(said))
    return found[1] if found else None


def _alternatives(said: str, words: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The words; of a phone number also how else it is written, without blanks."""
    if not words:
        return ()
    found = [words]
    folded = fold(said)
    if _PHONE.fullmatch(folded) and any(letter.isdigit() for letter in folded):
        joined = "".join(letter for letter in folded if letter.isdigit())
        written = [joined]
        if (phone := normalise_phone(folded, "IR")) is not None:
            digits = phone.lstrip("+")
            written += [digits, "0" + digits.removeprefix("98")]
        found += [(one,) for one in written if (one,) not in found and len(one) > 6]
    return tuple(dict.fromkeys(found))
