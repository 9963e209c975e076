"""The tags that are in use, as admins look after them: described, renamed, retired, taken off.

Agents and rules put on whatever they like; a row of `Tag` says more about some of them. A tag
stands on conversations and on customers. Renaming it, and taking it off everywhere, is a job: it
tells nobody's timeline and asks no rule, because nothing happened to a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, literal, select, text, union_all
from sqlmodel import Session, SQLModel

from hub.agents.audit import By
from hub.agents.rights import Missing
from hub.conversations.acts.steps import clean_tag
from hub.store.statements import insert_new, insert_or_update, table_of
from hub.store.tables import ConversationTag, CustomerTag, Tag

PAGE: Final = 50
CHUNK: Final = 200


class NoSuchTag(Missing):
    """No such tag is in use, and nobody described it."""


class TagExists(Exception):
    """Another tag is called so already; renaming would make one of the two."""


@dataclass(frozen=True)
class OneTag:
    """A tag. about: what it is for, by language. conversations, customers: how many carry it."""

    name: str
    about: Mapping[str, str]
    retired: bool
    conversations: int
    customers: int


def page(session: Session, *, search: str = "", after: str = "", limit: int = PAGE) -> list[OneTag]:
    """Tags by name, those after a name; search: a part of the name."""
    wanted = search[:80].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    names = session.execute(
        _NAMES, {"after": after, "wanted": f"%{wanted.lower()}%", "most": limit}
    )
    return _told(session, list(names.scalars()))


def one(session: Session, name: str) -> OneTag:
    """One tag. Raises NoSuchTag."""
    [found] = _told(session, [name])
    if not (found.conversations or found.customers) and not _described(session, name):
        raise NoSuchTag(f"there is no tag {name!r}")
    return found


def describe(session: Session, by: By, name: str, about: Mapping[str, str]) -> str:
    """Say what a tag is for, whether it is in use or not; its name as it is kept.

    Raises ValueError for a name of which nothing is left.
    """
    kept = clean_tag(name)
    if not kept:
        raise ValueError("a tag needs a name")
    was = _row(session, kept)
    row = {"name": kept, "about": dict(about), "retired": False}
    insert_or_update(session, Tag, [row], key=["name"], update=["about"])
    before = {"about": dict(was.about)} if was is not None else None
    by.note(session, "described a tag", f"tag:{kept}", before, {"about": dict(about)})
    return kept


def retire(session: Session, by: By, name: str, *, retired: bool) -> None:
    """Offer a tag no more, or again; it stays where it is. Raises NoSuchTag."""
    found = one(session, name)
    row = {"name": name, "about": dict(found.about), "retired": retired}
    insert_or_update(session, Tag, [row], key=["name"], update=["retired"])
    by.note(session, "retired a tag" if retired else "brought a tag back", f"tag:{name}")


def rename(
    session: Session, by: By, name: str, new: str, *, into: bool = False
) -> Mapping[str, str]:
    """Give a tag another name; the job's parameters, for `JOB`. into: also one that is there.

    Raises NoSuchTag, ValueError for a name of which nothing is left or that is the same, and
    TagExists where the other name is a tag already and `into` was not said.
    """
    found, kept = one(session, name), clean_tag(new)
    if not kept or kept == name:
        raise ValueError("the tag needs another name")
    known = _row(session, kept) is not None or _in_use(session, kept)
    if known and not into:
        raise TagExists(kept)
    if not known and _row(session, name) is not None:
        row = {"name": kept, "about": dict(found.about), "retired": found.retired}
        insert_new(session, Tag, [row], ["name"])
    _forget(session, name)
    told = {"name": kept, "joined": known}
    by.note(session, "renamed a tag", f"tag:{name}", {"name": name}, told)
    return {"from": name, "to": kept}


def take_off(session: Session, by: By, name: str) -> Mapping[str, str]:
    """Forget a tag and take it off everything; the job's parameters. Raises NoSuchTag."""
    found = one(session, name)
    _forget(session, name)
    counted = {"conversations": found.conversations, "customers": found.customers}
    by.note(session, "took a tag off everything", f"tag:{name}", counted, None)
    return {"from": name}


JOB: Final = "rename a tag"


def step(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The next rows of a renaming; where it goes on, with how many are `done`. None: it is over.

    params: from, and to, which is left out where the tag is taken off.
    """
    done = cursor["done"] if cursor else 0
    for model, column in ((ConversationTag, "conversation_id"), (CustomerTag, "customer_id")):
        moved = _some(session, model, column, params["from"], params.get("to"))
        if moved:
            return {"done": done + moved}
    return None


def _some(session: Session, model: type[SQLModel], column: str, name: str, to: str | None) -> int:
    """Rows that are dealt with are gone, so the next ones are always the first."""
    table = table_of(model)
    chosen = select(table.c[column]).where(table.c.tag == name).order_by(table.c[column])
    ids: list[UUID] = list(session.execute(chosen.limit(CHUNK)).scalars())
    if not ids:
        return 0
    if to is not None:
        insert_new(session, model, [{column: one, "tag": to} for one in ids], [column])
    session.execute(delete(table).where(table.c.tag == name, table.c[column].in_(ids)))
    return len(ids)


def _told(session: Session, names: list[str]) -> list[OneTag]:
    if not names:
        return []
    table = table_of(Tag)
    rows = {row.name: row for row in session.execute(select(table).where(table.c.name.in_(names)))}
    carried = union_all(
        *(
            select(table_of(model).c.tag, literal(kind), func.count())
            .where(table_of(model).c.tag.in_(names))
            .group_by(table_of(model).c.tag)
            for model, kind in ((ConversationTag, "c"), (CustomerTag, "p"))
        )
    )
    counted: dict[tuple[str, str], int] = {
        (name, kind): count for name, kind, count in session.execute(carried)
    }
    return [
        OneTag(
            name,
            rows[name].about if name in rows else {},
            name in rows and rows[name].retired,
            counted.get((name, "c"), 0),
            counted.get((name, "p"), 0),
        )
        for name in names
    ]


def _row(session: Session, name: str) -> Any:
    table = table_of(Tag)
    return session.execute(select(table).where(table.c.name == name)).first()


def _described(session: Session, name: str) -> bool:
    return _row(session, name) is not None


def _in_use(session: Session, name: str) -> bool:
    return any(
        session.execute(
            select(table_of(model).c.tag).where(table_of(model).c.tag == name).limit(1)
        ).first()
        for model in (ConversationTag, CustomerTag)
    )


def _forget(session: Session, name: str) -> None:
    table = table_of(Tag)
    session.execute(delete(table).where(table.c.name == name))


def _walk(name: str, table: str) -> str:
    """Every tag of a table by one step in its index each, those after a name."""
    return (
        f"{name}(tag) AS (SELECT min(tag) FROM {table} WHERE tag > :after UNION ALL"
        f" SELECT (SELECT min(tag) FROM {table} WHERE tag > {name}.tag) FROM {name}"
        f" WHERE {name}.tag IS NOT NULL)"
    )


_NAMES = text(
    f"WITH RECURSIVE {_walk('talks', 'conversation_tag')}, {_walk('people', 'customer_tag')}"
    " SELECT tag FROM (SELECT tag FROM talks UNION SELECT tag FROM people"
    " UNION SELECT name FROM tag WHERE name > :after) AS named"
    " WHERE tag IS NOT NULL AND lower(tag) LIKE :wanted ESCAPE '\\' ORDER BY tag LIMIT :most"
)
