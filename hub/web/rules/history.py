"""The revisions of the rules: who saved what and when, what they changed, and going back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import Response

from hub.agents.rights import Right
from hub.rules import history
from hub.rules.history import NoSuchRevision
from hub.rules.pieces import MarkedYamlError, NotOneRule, NotThere, split
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.rules import done
from hub.web.rules.comparing import compared
from hub.web.rules.views import DiffLine, Revisions, Saving

PAGE: Final = 50


async def show(asked: Asked) -> Response:
    """GET /rules/revisions?rule=&before= and GET /rules/revisions/<number>"""
    number = asked.request.path_params.get("number")
    rule = (asked.query("rule") or "")[:80] or None
    text = asked.query("before") or ""
    before = int(text) if text.isdecimal() and len(text) < 16 else None

    def read(session: Session) -> tuple[Revisions, inbox.Beside]:
        found = _read(session, asked, number, rule, before)
        return found, inbox.beside(session, asked.viewer)

    shown, around = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="rules")
    return await asked.show(shown, page=replace(page, toast=done.toast(asked)))


async def restore(asked: Asked) -> Response:
    """POST /rules/revisions/<number>/restore"""
    number = asked.request.path_params["number"]
    await asked.write(
        history.restore,
        number,
        agent_id=asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
    )
    return done.go(asked, "/rules/revisions", "restored", str(number))


def _read(
    session: Session, asked: Asked, number: int | None, rule: str | None, before: int | None
) -> Revisions:
    """A page of revisions, each with what it changed of the one before it."""
    # One more than is shown: what the oldest one changed is told by the one before it.
    found = history.revisions(session, before=before, limit=PAGE + 1)
    if number is not None and all(one.id != number for one in found[:PAGE]):
        found = history.revisions(session, before=number + 1, limit=PAGE + 1)
    texts = {one.id: history.source_of(session, one.id) for one in found}
    if number is not None and number not in texts:
        raise NoSuchRevision(number)
    savings = []
    for place, one in enumerate(found[:PAGE]):
        older = texts[found[place + 1].id] if place + 1 < len(found) else ""
        of_rule = rule is not None and _of(texts[one.id], rule) == _of(older, rule)
        if of_rule:
            continue
        told = history.difference(older, texts[one.id])
        savings.append(
            Saving(
                number=one.id,
                at=one.at,
                by=one.author,
                shipped=one.shipped,
                live=one.live,
                first=place + 1 >= len(found),
                added=told.added,
                removed=told.removed,
                changed=told.changed,
                moved=told.moved,
            )
        )
    opened = number if number is not None else (savings[0].number if savings else None)
    lines: tuple[DiffLine, ...] = ()
    against: tuple[DiffLine, ...] = ()
    if opened is not None:
        following = next((one.id for one in found if one.id < opened), None)
        older, newer = texts.get(following or 0, ""), texts[opened]
        live = next((one.id for one in history.revisions(session, limit=1)), opened)
        now = history.source_of(session, live)
        if rule is not None:
            older, newer, now = (_of(text, rule) for text in (older, newer, now))
        lines = compared(older, newer)
        against = compared(now, newer)
    return Revisions(
        savings=tuple(savings),
        opened=next((one for one in savings if one.number == opened), None),
        lines=lines,
        against=against,
        rule=rule,
        may_edit=asked.viewer.may(Right.EDIT_RULES),
        older=found[PAGE - 1].id if len(found) > PAGE else None,
    )


def _of(text: str, rule: str) -> str:
    """One rule's text within all; "" where it does not stand there."""
    try:
        return split(text).find(rule).text
    except (NotThere, MarkedYamlError, NotOneRule):
        return ""
