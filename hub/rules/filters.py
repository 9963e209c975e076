"""Conditions of rules as SQL, for views: which conversations does this hold for?

A rule asks about one event; a view asks about every conversation at once, so it can only ask what
columns and indexed tables answer. What they do not answer is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)

from hub.conversations.listing import Filter, Order
from hub.conversations.state import OPEN_STATES
from hub.rules import asked_beside
from hub.rules.asked_beside import ago, within
from hub.rules.engine import VOCABULARY, Fault, Vocabulary
from hub.rules.engine.arguments import PRIORITIES
from hub.rules.engine.conditions.conversation import STATUSES
from hub.rules.engine.conditions.message import FORMS
from hub.rules.engine.faults import Path
from hub.rules.engine.rule import Ask, Group, Tree, parse_conditions
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Conversation,
    ConversationTag,
    Customer,
    CustomerSegment,
    CustomerTag,
    Team,
)
from hub.text.marking import N_


@dataclass(frozen=True)
class Moment:
    """What a view's conditions are read against. kinds: of the connected accounts, by name."""

    now: datetime
    kinds: Mapping[str, str]


_OF_MESSAGE: Final = N_(
    "This asks about one message, and a view lists conversations. Ask for its text instead."
)
_OF_EVENT: Final = N_(
    "This asks about what has just happened. Nothing happens when a view is read: ask how the "
    "conversation stands."
)
_OF_MOMENT: Final = N_(
    "This changes with the clock while no conversation changes, so a view cannot be kept by it."
)
_OF_CUSTOMER: Final = N_(
    "This is worked out for one customer at a time. Make a segment of it, and let the view ask "
    "for the segment."
)
_NO_PATTERN: Final = N_("A view finds words, not patterns. Write them as mentions.")
_NO_FILE: Final = N_("A view knows files by what they are: image, video, audio, document, pdf …")
REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("first_message", "subject", "language"), _OF_MESSAGE),
    **dict.fromkeys(("presence", "hours", "office", "holiday"), _OF_MOMENT),
    **dict.fromkeys(("attributes", "source", "first_source"), _OF_CUSTOMER),
    **dict.fromkeys(
        ("change", "rating", "button", "webhook_answer", "variables", "promise", "by"), _OF_EVENT
    ),
}
"""The conditions that no view can ask, and why."""


def read(data: object) -> tuple[Tree | None, tuple[Fault, ...]]:
    """Check a view's conditions completely. Never raises; no conditions at all are allowed."""
    if data in (None, {}):
        return None, ()
    refused = tuple(_refused(data, ("if",)))
    if refused:
        return None, refused
    return parse_conditions(data, WORDS)


def compiled(view_id: UUID, tree: Tree | None, moment: Moment, order: Order = "due") -> Filter:
    """The filter of a view whose conditions were read.

    A view that does not say which statuses it wants holds what is open.
    """
    condition = true() if tree is None else _condition(tree, moment)
    return Filter(view_id, statuses_of(tree), condition, order, _tags_of(tree))


def statuses_of(tree: Tree | None) -> tuple[str, ...]:
    """The statuses that can be in a view: those that it demands, all where it asks for statuses
    in another way, and what is open where it does not ask."""
    demanded = [ask.argument for ask in _demanded(tree) if ask.condition.name == "status"]
    if demanded:
        return tuple(one for one in STATUSES if all(one in some for some in demanded))
    return STATUSES if _asks_for_status(tree) else OPEN_STATES


def _tags_of(tree: Tree | None) -> tuple[str, ...]:
    """Tags of which every conversation of the view has one; none where that can not be said."""
    for ask in _demanded(tree):
        if ask.condition.name == "tags":
            wanted = ask.argument
            found = wanted if isinstance(wanted, tuple) else wanted.any or (wanted.all or ())[:1]
            if found:
                return tuple(found)
    return ()


def _refused(data: object, path: Path) -> Iterator[Fault]:
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        here = (*path, str(key))
        if key in ("all", "any") and isinstance(value, list):
            for place, item in enumerate(value):
                yield from _refused(item, (*here, place))
        elif key == "not":
            yield from _refused(value, here)
        elif key in REFUSED:
            yield Fault(here, REFUSED[key])
        elif key == "text" and isinstance(value, dict) and "matches" in value:
            yield Fault((*here, "matches"), _NO_PATTERN)
        elif key == "satisfaction" and isinstance(value, dict) and "last" in value:
            yield Fault((*here, "last"), _OF_CUSTOMER)
        elif key == "attachments" and not _are_files(value):
            yield Fault(here, _NO_FILE)


def _are_files(wanted: object) -> bool:
    """Whether attachments are asked for by what their files tell."""
    if isinstance(wanted, dict):
        wanted = wanted.get("types")
    types = wanted if isinstance(wanted, list | tuple) else [wanted]
    apart = {one for one in FORMS if one not in asked_beside.FILES}
    return not any(one in apart for one in types)


def _demanded(tree: Tree | None) -> Iterator[Ask]:
    """The conditions that must hold, whatever else does."""
    match tree:
        case Ask():
            yield tree
        case Group(form="all"):
            for child in tree.children:
                yield from _demanded(child)


def _asks_for_status(tree: Tree | None) -> bool:
    match tree:
        case Ask():
            return tree.condition.name == "status"
        case Group():
            return any(_asks_for_status(child) for child in tree.children)
    return False


def _condition(tree: Tree, moment: Moment) -> ColumnElement[bool]:
    match tree:
        case Ask():
            return _SQL[tree.condition.name](tree.argument, moment)
        case Group(form="all"):
            return and_(true(), *(_condition(child, moment) for child in tree.children))
        case Group(form="any"):
            return or_(false(), *(_condition(child, moment) for child in tree.children))
        case _:
            # What there is none of is not wanted either: NOT of unknown would be unknown.
            return not_(func.coalesce(_condition(tree.children[0], moment), false()))


def _table() -> Table:
    return table_of(Conversation)


def _channel(kinds: tuple[str, ...], moment: Moment) -> ColumnElement[bool]:
    accounts = [name for name, kind in moment.kinds.items() if kind in kinds]
    return _table().c.reply_account.in_(accounts)


def _messages(wanted: Any, _: Moment) -> ColumnElement[bool]:
    table = _table().c
    counted = {
        "from_customer": table.from_customer,
        "from_agents": table.from_agents,
        "from_rules": table.from_rules,
        "total": table.from_customer + table.from_agents + table.from_rules,
    }
    return and_(*(within(counted[name], one.bounds()) for name, one in wanted.given().items()))


def _waiting(wanted: Any, moment: Moment) -> ColumnElement[bool]:
    since = _table().c.waiting_since
    if isinstance(wanted, bool):
        return since.is_not(None) if wanted else since.is_(None)
    return ago(since, wanted, moment.now)


def _team(wanted: Any, _: Moment) -> ColumnElement[bool]:
    column, team = _table().c.team_id, table_of(Team)
    if isinstance(wanted, bool):
        return column.is_not(None) if wanted else column.is_(None)
    return column.in_(select(team.c.id).where(team.c.slug.in_(wanted)))


def _assignee(wanted: Any, _: Moment) -> ColumnElement[bool]:
    column, agent = _table().c.assignee_id, table_of(Agent)
    if isinstance(wanted, bool):
        return column.is_not(None) if wanted else column.is_(None)
    return column.in_(select(agent.c.id).where(agent.c.mail.in_(wanted)))


def _tagged(wanted: Any, has: Callable[[tuple[str, ...]], ColumnElement[bool]]) -> Any:
    if isinstance(wanted, tuple):
        return has(wanted)
    demands = []
    if wanted.any is not None:
        demands.append(has(wanted.any))
    demands += [has((tag,)) for tag in wanted.all or ()]
    if wanted.none is not None:
        demands.append(not_(has(wanted.none)))
    return and_(*demands)


def _has_tags(tags: tuple[str, ...]) -> ColumnElement[bool]:
    tag = table_of(ConversationTag)
    return exists().where(tag.c.conversation_id == _table().c.id, tag.c.tag.in_(tags))


def _customer_has_tags(tags: tuple[str, ...]) -> ColumnElement[bool]:
    tag = table_of(CustomerTag)
    return exists().where(tag.c.customer_id == _table().c.customer_id, tag.c.tag.in_(tags))


def _customer(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(table_of(Customer).c.id == _table().c.customer_id, condition)


def _locale(wanted: tuple[str, ...], _: Moment) -> ColumnElement[bool]:
    """ "fa" takes "fa-IR" too, in any spelling."""
    spoken = func.lower(func.replace(table_of(Customer).c.locale, "_", "-"))
    tags = [one.casefold().replace("_", "-") for one in wanted]
    forms = [or_(spoken == tag, spoken.startswith(f"{tag}-", autoescape=True)) for tag in tags]
    return _customer(or_(*forms))


def _known_customer(wanted: bool, _: Moment) -> ColumnElement[bool]:
    table = _table()
    other = table.alias("before")
    before = exists().where(
        other.c.customer_id == table.c.customer_id, other.c.created_at < table.c.created_at
    )
    return before if wanted else not_(before)


def _segment(wanted: tuple[str, ...], _: Moment) -> ColumnElement[bool]:
    belongs = table_of(CustomerSegment)
    return exists().where(
        belongs.c.customer_id == _table().c.customer_id, belongs.c.segment.in_(wanted)
    )


_SQL: Final[Mapping[str, Callable[[Any, Moment], ColumnElement[bool]]]] = {
    "status": lambda wanted, _: _table().c.status.in_(wanted),
    "channel": _channel,
    "account": lambda wanted, _: _table().c.reply_account.in_(wanted),
    "direction": lambda wanted, _: _table().c.last_direction.in_(_several(wanted)),
    "age": lambda wanted, moment: ago(_table().c.created_at, wanted, moment.now),
    "messages": _messages,
    "waiting": _waiting,
    "team": _team,
    "assignee": _assignee,
    "priority": lambda wanted, _: _table().c.priority.in_([PRIORITIES[one] for one in wanted]),
    "tags": lambda wanted, _: _tagged(wanted, _has_tags),
    "began_by": lambda wanted, _: _table().c.began_by.in_(wanted),
    "locale": _locale,
    "stage": lambda wanted, _: _customer(table_of(Customer).c.stage.in_(wanted)),
    "known_customer": _known_customer,
    "segment": _segment,
    "customer_tags": lambda wanted, _: _tagged(wanted, _customer_has_tags),
    "text": lambda wanted, _: asked_beside.says(wanted),
    "attachments": lambda wanted, _: asked_beside.attaches(wanted),
    "sender_domain": lambda wanted, _: asked_beside.from_domain(wanted),
    "verified": lambda wanted, _: asked_beside.verified(wanted),
    "automated": lambda wanted, _: asked_beside.automated(wanted),
    "purchases": lambda wanted, moment: asked_beside.bought(wanted, moment.now),
    "satisfaction": lambda wanted, _: asked_beside.answered(wanted),
}
"""The conditions that views can ask. `channel` and `account` are those by which the customer is
answered, `direction` is the newest message's; of messages it is asked whether the customer wrote
such a one."""


def _several(wanted: Any) -> Any:
    return wanted if isinstance(wanted, tuple) else (wanted,)


WORDS: Final = Vocabulary(
    conditions={name: replace(VOCABULARY.conditions[name], needs=frozenset()) for name in _SQL}
)
"""What a view may ask, for the builder as well. There is always a newest message."""
