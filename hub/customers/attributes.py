"""The attributes that customers can have, as admins define them, and what fits into each.

A customer may have others besides: those that rules, imports and agents name on the way are text,
or what a program gave. A definition says what agents are asked for and what is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import insert, select, update
from sqlmodel import Session

from hub.agents.audit import Action, By
from hub.agents.rights import Missing
from hub.calendars import parse_date
from hub.store.statements import table_of
from hub.store.tables import CustomerAttribute
from hub.store.versions import policy_changed
from hub.text import visible
from hub.text.digits import to_latin

Form = Literal["text", "number", "switch", "day", "choice"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
Value = str | int | float | bool
MOST: Final = 100
LONGEST_NAME: Final = 60
LONGEST: Final = 500
MOST_CHOICES: Final = 100


class NoSuchAttribute(Missing):
    """Nobody defined an attribute of this name."""


class AttributeExists(Exception):
    """An attribute of this name is defined already."""


class Unfit(ValueError):
    """This does not fit into the attribute; `form` says what would."""

    def __init__(self, form: Form) -> None:
        super().__init__(f"this is no {form} of those that are taken")
        self.form = form


@dataclass(frozen=True)
class Attribute:
    """A definition. name: by which rules and segments know it; label: what people read, by
    language; choices: of a choice, as they are kept."""

    name: str
    label: Mapping[str, str]
    form: Form = "text"
    choices: tuple[str, ...] = ()
    retired: bool = False


def defined(session: Session, *, retired: bool = False) -> tuple[Attribute, ...]:
    """What is asked for, in its order; with what is retired where that is wanted."""
    table = table_of(CustomerAttribute)
    query = select(table).order_by(table.c.position, table.c.name)
    if not retired:
        query = query.where(~table.c.retired)
    return tuple(
        Attribute(row.name, row.label, cast(Form, row.form), tuple(row.choices), row.retired)
        for row in session.execute(query)
    )


def value_of(attributes: Sequence[Attribute], name: str, text: str) -> Value | None:
    """What somebody typed as the value of an attribute; None for nothing.

    Without a definition it is text. Days are taken in both calendars and kept as ISO 8601 dates.
    Raises Unfit.
    """
    kept = visible(text).strip()[:LONGEST]
    found = next((one for one in attributes if one.name == name), None)
    if not kept or found is None or found.form == "text":
        return kept or None
    match found.form:
        case "number":
            number = _number(kept)
            if number is None:
                raise Unfit("number")
            return number
        case "switch":
            if kept not in ("yes", "no"):
                raise Unfit("switch")
            return kept == "yes"
        case "day":
            day = parse_date(kept)
            if day is None:
                raise Unfit("day")
            return day.isoformat()
        case "choice":
            if kept not in found.choices:
                raise Unfit("choice")
    return kept


def create(session: Session, by: By, attribute: Attribute) -> None:
    """Define another attribute.

    Raises AttributeExists, and ValueError for a name that is none, a choice without choices, an
    unknown form and too many of them.
    """
    there = defined(session, retired=True)
    if any(one.name == attribute.name for one in there):
        raise AttributeExists(attribute.name)
    name = visible(attribute.name).strip()
    if not name or name != attribute.name or len(name) > LONGEST_NAME:
        raise ValueError("the name of an attribute has 1 to 60 characters")
    _check(attribute)
    if len(there) >= MOST:
        raise ValueError(f"there are at most {MOST} attributes")
    table = table_of(CustomerAttribute)
    values = {**_values(attribute), "name": name, "position": len(there), "retired": False}
    session.execute(insert(table).values(**values))
    _noted(session, "defined an attribute", by, name, None, _values(attribute))


def save(session: Session, by: By, attribute: Attribute) -> None:
    """Change a definition; values that customers have stay as they are.

    Raises NoSuchAttribute, and ValueError as `create`.
    """
    was = one(session, attribute.name)
    _check(attribute)
    if _values(was) != _values(attribute):
        _set(session, attribute.name, **_values(attribute))
        _noted(session, "changed an attribute", by, attribute.name, _values(was),
            _values(attribute),
        )  # fmt: skip


def one(session: Session, name: str) -> Attribute:
    """One definition. Raises NoSuchAttribute."""
    found = next((each for each in defined(session, retired=True) if each.name == name), None)
    if found is None:
        raise NoSuchAttribute(f"nobody defined an attribute {name!r}")
    return found


def retire(session: Session, by: By, name: str, *, retired: bool) -> None:
    """Ask for an attribute no more, or again; values stay. Raises NoSuchAttribute."""
    if one(session, name).retired == retired:
        return
    _set(session, name, retired=retired)
    action: Action = "retired an attribute" if retired else "brought an attribute back"
    _noted(session, action, by, name, None, None)


def move(session: Session, by: By, name: str, step: int) -> None:
    """Exchange a definition with its neighbour: -1 up, 1 down. Raises NoSuchAttribute."""
    names = [each.name for each in defined(session, retired=True)]
    if name not in names:
        raise NoSuchAttribute(f"nobody defined an attribute {name!r}")
    place = names.index(name)
    other = max(0, min(len(names) - 1, place + step))
    names[place], names[other] = names[other], names[place]
    for position, each in enumerate(names):
        _set(session, each, position=position)
    _noted(session, "moved an attribute", by, name, {"place": place}, {"place": other})


def _check(attribute: Attribute) -> None:
    if attribute.form not in FORMS:
        raise ValueError(f"there is no form {attribute.form!r}")
    if attribute.form == "choice" and not 1 <= len(attribute.choices) <= MOST_CHOICES:
        raise ValueError(f"a choice has 1 to {MOST_CHOICES} choices")


def _values(attribute: Attribute) -> dict[str, Any]:
    choices = list(attribute.choices) if attribute.form == "choice" else []
    return {"label": dict(attribute.label), "form": attribute.form, "choices": choices}


def _set(session: Session, name: str, **values: Any) -> None:
    table = table_of(CustomerAttribute)
    session.execute(update(table).where(table.c.name == name).values(**values))


def _number(text: str) -> int | float | None:
    """A number in whatever digits, with the separators of both languages."""
    plain = to_latin(text).replace("٬", "").replace(",", "").replace("٫", ".").replace(" ", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _noted(
    session: Session,
    action: Action,
    by: By,
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    by.note(session, action, f"attribute:{name}", before, after)
    policy_changed(session)
