"""The rules in their order: what each is about, whether it runs, and what it did lately."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right
from hub.rules import editing
from hub.rules.engine import Rule
from hub.rules.firings import Fired, Firings, firings
from hub.rules.load import FileFault, Loaded
from hub.rules.pieces import MarkedYamlError, NotOneRule, Pieces, one_rule, split
from hub.rules.revisions import live_rules
from hub.store.database import Session
from hub.store.tables import RuleRevision
from hub.text import fold
from hub.text.marking import in_words
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.rules import done
from hub.web.rules.views import Fault, Row, RuleList, Rules
from hub.web.rules.words import EVENTS, called

BACK: Final = timedelta(days=30)
"""How far back firings are counted."""


def address(key: str) -> str:
    """Where a rule is edited."""
    return f"/rules/r/{quote(key, safe='@')}"


async def show(asked: Asked) -> Response:
    """GET /rules?q="""
    found, around = await asked.read(
        lambda session: (rules(session, asked), inbox.beside(session, asked.viewer))
    )
    page = inbox.page_with_rail(asked, around, page="rules")
    return await asked.show(RuleList(found), page=replace(page, toast=done.toast(asked)))


def rules(session: Session, asked: Asked, selected: str | None = None) -> Rules:
    """The list as the viewer may see it; read in one transaction."""
    since = asked.site.context.clock.now() - BACK
    revision = editing.newest(session)
    return of_revision(asked, session, revision, firings(session, since), selected)


def of_revision(
    asked: Asked,
    session: Session,
    revision: RuleRevision | None,
    lately: Firings,
    selected: str | None,
) -> Rules:
    source = revision.source if revision else ""
    loaded = live_rules(session).loaded
    try:
        pieces = split(source)
    except (MarkedYamlError, NotOneRule):
        pieces = Pieces(())
    words = (asked.query("q") or "").strip()[:200]
    rows = _rows(asked, pieces, loaded, lately, selected)
    names = directory.agent_names(session)
    return Rules(
        rows=tuple(row for row in rows if _matches(row, pieces, words)),
        revision=revision.id if revision else None,
        since=lately.since,
        shipped=revision.shipped if revision else True,
        may_edit=asked.viewer.may(Right.EDIT_RULES),
        by=names.get(revision.agent_id) if revision and revision.agent_id else None,
        at=revision.at if revision else None,
        unreadable=tuple(
            Fault(fault.line, in_words(fault.message, asked.say)) for fault in loaded.unreadable
        ),
        words=words,
    )


def _rows(
    asked: Asked, pieces: Pieces, loaded: Loaded, lately: Firings, selected: str | None
) -> list[Row]:
    valid = {one.rule.id: one.rule for one in loaded.placed}
    broken: dict[int, tuple[FileFault, ...]] = {one.line: one.faults for one in loaded.unavailable}
    rows = []
    for number, piece in enumerate(pieces.pieces, 1):
        lines = range(piece.line, piece.line + piece.text.count("\n"))
        faults = next((found for line, found in broken.items() if line in lines), None)
        rule = valid.get(piece.key) if faults is None else None
        rows.append(
            _row(asked, piece.key, number, piece.text, rule, lately.rules.get(piece.key))
            if rule is not None
            else _broken(asked, piece.key, number, piece.text, piece.line, faults or ())
        )
    return [row if row.key != selected else Row(**{**vars(row), "selected": True}) for row in rows]


def _row(asked: Asked, key: str, number: int, text: str, rule: Rule, fired: Fired | None) -> Row:
    done = fired or Fired()
    return Row(
        key=key,
        number=number,
        url=address(key),
        about=rule.about,
        events=tuple(called(EVENTS, name, asked.say) for name in _events(rule.data.get("when"))),
        state="on" if rule.enabled else "off",
        default=rule.default,
        stop=rule.stop,
        fired=done.count,
        errors=done.errors,
        last=done.last,
    )


def _broken(
    asked: Asked,
    key: str,
    number: int,
    text: str,
    line: int,
    faults: tuple[FileFault, ...],
) -> Row:
    data = one_rule(text).plain()
    data = data if isinstance(data, dict) else {}
    about = data.get("about")
    return Row(
        key=key,
        number=number,
        url=address(key),
        about=about if isinstance(about, str) else "",
        events=tuple(called(EVENTS, name, asked.say) for name in _events(data.get("when"))),
        state="unavailable",
        faults=tuple(
            Fault(fault.line - line + 1, in_words(fault.message, asked.say)) for fault in faults
        ),
    )


def _events(when: object) -> list[str]:
    """The names of the events as they are written: a name, a list, or names with an argument."""
    match when:
        case str():
            return [when]
        case dict():
            return [name for name in when if isinstance(name, str)]
        case list() | tuple():
            return [name for one in when for name in _events(one)]
        case _:
            return []


def _matches(row: Row, pieces: Pieces, words: str) -> bool:
    """Whether every word stands somewhere in the rule's text, compared folded."""
    if not words:
        return True
    text = fold(f"{pieces.find(row.key).text} {' '.join(row.events)}")
    return all(fold(word) in text for word in words.split())
