"""The audit log as a page, and as a file for spreadsheets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from hub.agents import audit, audited, directory
from hub.agents.audit import ACTIONS, Entry, Wanted, note
from hub.calendars import instant, parse_date, zone
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.spreadsheet import MARK, lines

PAGE: Final = 50
CHUNK: Final = 500
COLUMNS: Final = ("time", "agent", "action", "subject", "address", "before", "after")


@dataclass(frozen=True)
class Change:
    """One value that an act changed; None where there was none, or is none any more."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Line:
    """An entry as it is shown. agent: None for the command line. about: whom or what it was
    done to, where that was not the agent themselves. path: where that is seen, if anywhere."""

    position: int
    at: datetime
    agent: str | None
    action: str
    about: str | None
    path: str | None
    address: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    current: bool


@dataclass(frozen=True)
class AuditPage:
    """GET /audit. since, until: as they were typed. older: the query of the next page."""

    template: ClassVar[str] = "audit/page.html"

    lines: tuple[Line, ...]
    agents: tuple[Choice, ...]
    actions: tuple[Choice, ...]
    since: str
    until: str
    query: Mapping[str, str]
    older: Mapping[str, str] | None


@dataclass(frozen=True)
class AuditRows:
    """GET /audit/rows: the next page, to be put below the others."""

    template: ClassVar[str] = "audit/rows.html"

    lines: tuple[Line, ...]
    older: Mapping[str, str] | None


async def show(asked: Asked) -> Response:
    """GET /audit?agent=…&action=…&from=…&to=…&before=…"""
    wanted, query = _wanted(asked)
    found, called = await asked.read(_read, asked, wanted)
    names = await asked.read(directory.agent_names)
    around = await asked.read(inbox.beside, asked.viewer)
    view = AuditPage(
        lines=_lines(asked, found[:PAGE], called),
        agents=tuple(
            Choice(str(agent_id), name, agent_id == wanted.agent_id)
            for agent_id, name in sorted(names.items(), key=lambda one: one[1].casefold())
        ),
        actions=tuple(Choice(one, asked.say(one), one == wanted.action) for one in ACTIONS),
        since=query.get("from", ""),
        until=query.get("to", ""),
        query=query,
        older=_older(found, query),
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="audit"))


async def rows(asked: Asked) -> Response:
    """GET /audit/rows, with the same query."""
    wanted, query = _wanted(asked)
    found, called = await asked.read(_read, asked, wanted)
    return await asked.show(AuditRows(_lines(asked, found[:PAGE], called), _older(found, query)))


async def export(asked: Asked) -> Response:
    """GET /audit.csv: every entry of the choice, newest first, times in UTC."""
    wanted, _ = _wanted(asked)
    now = asked.site.context.clock.now()
    await asked.write(
        note,
        "exported the audit log",
        agent_id=asked.viewer.agent_id,
        now=now,
        subject="audit",
        address=asked.address,
    )
    name = f"audit-{now.date().isoformat()}.csv"
    return StreamingResponse(
        _file(asked, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _file(asked: Asked, wanted: Wanted) -> AsyncIterator[bytes]:
    yield MARK + lines([COLUMNS])
    before: int | None = None
    while True:
        found = await asked.read(audit.entries, wanted, before=before, limit=CHUNK)
        if found:
            yield lines(
                (
                    one.at.astimezone(UTC).isoformat(timespec="seconds"),
                    one.agent or (str(one.agent_id) if one.agent_id else "command line"),
                    one.action,
                    one.subject,
                    one.address,
                    _dumped(one.before),
                    _dumped(one.after),
                )
                for one in found
            )
        if len(found) < CHUNK:
            return
        before = found[-1].position


def _read(session: Session, asked: Asked, wanted: Wanted) -> tuple[list[Entry], dict[str, str]]:
    """A page of entries and one more, and what their subjects are called."""
    found = audit.entries(session, wanted, before=_before(asked), limit=PAGE + 1)
    return found, audited.names(session, [one.subject for one in found], asked.locale)


def _wanted(asked: Asked) -> tuple[Wanted, dict[str, str]]:
    """What the URL asks for, and the same as a query; what can not be read is not asked for."""
    where = zone(asked.viewer.time_zone)
    query: dict[str, str] = {}
    agent_id = None
    if given := asked.query("agent"):
        try:
            agent_id = UUID(given)
            query["agent"] = given
        except ValueError:
            pass
    action = next((one for one in ACTIONS if one == asked.query("action")), None)
    if action:
        query["action"] = action
    since, until = parse_date(asked.query("from") or ""), parse_date(asked.query("to") or "")
    for name, day in (("from", since), ("to", until)):
        if day:
            query[name] = (asked.query(name) or "").strip()
    return (
        Wanted(
            agent_id,
            action,
            _begins(since, where) if since else None,
            _begins(until + timedelta(days=1), where) if until else None,
        ),
        query,
    )


def _begins(day: date, where: Any) -> datetime:
    return instant(datetime.combine(day, time()), where)


def _before(asked: Asked) -> int | None:
    given = asked.query("before") or ""
    return int(given) if given.isdecimal() and len(given) < 19 else None


def _older(found: list[Entry], query: dict[str, str]) -> Mapping[str, str] | None:
    return {**query, "before": str(found[PAGE - 1].position)} if len(found) > PAGE else None


def _lines(asked: Asked, found: list[Entry], called: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(
        Line(
            one.position,
            one.at,
            one.agent or (str(one.agent_id) if one.agent_id else None),
            asked.say(one.action),
            *_about(one, called),
            one.address,
            _changes(one),
        )
        for one in found
    )


_PAGES: Final = {
    "agent": "/people/{}",
    "customer": "/customers/{}",
    "promise": "/promises/{}",
    "team": "/teams/{}",
    "view": "/views/{}",
    "webhook": "/webhooks/{}",
}
"""Where the subjects of a kind are seen, by their ids."""


def _about(one: Entry, called: Mapping[str, str]) -> tuple[str | None, str | None]:
    """What an entry is about, and its path: of what is still there. The kind is told by the act."""
    kind, _, told = one.subject.partition(":")
    if one.subject == f"agent:{one.agent_id}":
        return None, None
    if one.subject not in called:
        return told or kind, None
    return called[one.subject], _PAGES[kind].format(told) if kind in _PAGES else None


def _changes(one: Entry) -> tuple[Change, ...]:
    before, after = one.before or {}, one.after or {}
    return tuple(
        Change(name, _shown(before.get(name)), _shown(after.get(name)))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _dumped(value: Mapping[str, Any] | None) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
