"""One rule: opened, checked while it is written, saved, switched, moved, copied, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from starlette.responses import JSONResponse, Response

from hub.agents import directory
from hub.rules import editing
from hub.rules.editing import Conflict, Saved
from hub.rules.pieces import MarkedYamlError, NotOneRule, NotThere, Pieces, split
from hub.rules.writing import rewritten, write_rule
from hub.store.database import Session
from hub.store.tables import RuleRevision
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.rules import checking, done, listing
from hub.web.rules.catalogue import catalogue
from hub.web.rules.checking import Checked, check
from hub.web.rules.comparing import compared
from hub.web.rules.sentences import Teller
from hub.web.rules.telling import teller
from hub.web.rules.views import Conflicting, Editor

T = TypeVar("T")

LONGEST: Final = 200_000
BLANK: Final = """\
- id:
  about:
  when: message.received
  if:
  then:
"""
"""Where a new rule begins."""


async def show(asked: Asked) -> Response:
    """GET /rules/r/<key>"""
    key = asked.request.path_params["key"]

    def read(session: Session) -> tuple[Editor, inbox.Beside]:
        revision = editing.newest(session)
        text = _piece(revision, key)
        shown = _editor(asked, session, key, text, revision.id if revision else None)
        return shown, inbox.beside(session, asked.viewer)

    return await _open(asked, read)


async def new(asked: Asked) -> Response:
    """GET /rules/new"""

    def read(session: Session) -> tuple[Editor, inbox.Beside]:
        revision = editing.newest(session)
        shown = _editor(asked, session, None, BLANK, revision.id if revision else None)
        return shown, inbox.beside(session, asked.viewer)

    return await _open(asked, read)


async def save(asked: Asked) -> Response:
    """POST /rules/r/<key> and /rules/new: text, base, anyway, over."""
    key = asked.request.path_params.get("key")
    text = asked.field("text").replace("\r\n", "\n")
    base = int(asked.field("base")) if asked.field("base").isdecimal() else None
    if len(text) > LONGEST:
        raise status(413)

    def look(session: Session) -> Checked:
        known = checking.names(session, asked.site.context.policy())
        return check(text, known, teller(asked, session), others=taken(session, key))

    checked = await asked.read(look)
    if checked.faults or (checked.doubts and not asked.field("anyway")):
        return await _again(asked, key, text, base)
    try:
        saved = await asked.write(
            editing.save_rule,
            key,
            text,
            base=base,
            agent_id=asked.viewer.agent_id,
            now=asked.site.context.clock.now(),
        )
    except Conflict as conflict:
        return await _again(asked, key, text, conflict.revision, conflict)
    name = saved.key or key or ""
    return done.go(asked, listing.address(name), "kept" if saved.others else "saved", name)


async def check_text(asked: Asked) -> Response:
    """POST /rules/check: `text`, or `data` as JSON with the `text` that it changes."""
    key, text, given = asked.field("key") or None, asked.field("text"), asked.field("data")
    text = text.replace("\r\n", "\n")
    if len(text) + len(given) > LONGEST:
        raise status(413)
    if given:
        text = _from_data(text, given)

    def read(session: Session) -> dict[str, Any]:
        tell = teller(asked, session)
        known = checking.names(session, asked.site.context.policy())
        found = check(text, known, tell, others=taken(session, key))
        return told(found, tell)

    return JSONResponse(await asked.read(read))


async def switch(asked: Asked) -> Response:
    """POST /rules/r/<key>/switch: on ("1" or "")."""
    on = asked.field("on") == "1"
    await _change(asked, lambda key: editing.switching(key, on=on))
    return _back_to(asked, "on" if on else "off")


async def move(asked: Asked) -> Response:
    """POST /rules/r/<key>/move: before (a rule's key, "" for the end), or by ("-1", "1")."""
    before, by = asked.field("before"), asked.field("by")

    def moving(key: str) -> Callable[[Pieces], Pieces]:
        if by:
            return editing.stepping(key, up=by.startswith("-"))
        return editing.moving(key, before or None)

    await _change(asked, moving)
    return _back_to(asked, "moved")


async def copy(asked: Asked) -> Response:
    """POST /rules/r/<key>/copy: opens the copy, which is off."""
    key = asked.request.path_params["key"]

    def duplicate(session: Session) -> str:
        revision = editing.newest(session, locked=True)
        name = editing.free_name(split(revision.source if revision else ""), key.lstrip("@"))
        _keep(asked, session, editing.copying(key, name))
        return name

    name = await _written(asked, duplicate)
    return done.go(asked, listing.address(name), "copied", name)


async def remove(asked: Asked) -> Response:
    """POST /rules/r/<key>/remove"""
    saved = await _change(asked, editing.removing)
    return done.go(asked, "/rules", "removed", asked.request.path_params["key"], back=saved.before)


async def bring_back(asked: Asked) -> Response:
    """POST /rules/back/<revision>: what was removed since comes back."""

    def put(session: Session) -> Saved:
        return editing.bring_back(
            session,
            asked.request.path_params["revision"],
            agent_id=asked.viewer.agent_id,
            now=asked.site.context.clock.now(),
        )

    await _written(asked, put)
    return done.go(asked, "/rules", "back", asked.say("The rule"))


# --- parts ---------------------------------------------------------------------------------------


async def _open(
    asked: Asked, read: Callable[[Session], tuple[Editor, inbox.Beside]], *, code: int = 200
) -> Response:
    shown, around = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="rules")
    return await asked.show(shown, page=replace(page, toast=done.toast(asked)), status=code)


async def _again(
    asked: Asked, key: str | None, text: str, base: int | None, conflict: Conflict | None = None
) -> Response:
    """The editor once more, with what was typed."""

    def read(session: Session) -> tuple[Editor, inbox.Beside]:
        shown = _editor(asked, session, key, text, base, conflict, again=True)
        return shown, inbox.beside(session, asked.viewer)

    return await _open(asked, read, code=409 if conflict else 422)


def _editor(
    asked: Asked,
    session: Session,
    key: str | None,
    text: str,
    base: int | None,
    conflict: Conflict | None = None,
    *,
    again: bool = False,
) -> Editor:
    policy = asked.site.context.policy()
    tell = teller(asked, session)
    known = checking.names(session, policy)
    found = check(text, known, tell, others=taken(session, key))
    data = found.data or {}
    return Editor(
        rules=listing.rules(session, asked, key),
        key=key,
        text=found.text,
        base=base,
        enabled=data.get("enabled") is not False,
        sentence=tell.rule(data) if data.get("id") else "",
        about=str(data.get("about") or ""),
        readable=found.data is not None,
        catalogue=json.dumps(catalogue(known, asked.say, tell.names)),
        faults=found.faults or found.doubts,
        weak=not found.faults and bool(found.doubts),
        checked=json.dumps(told(found, tell), default=str),
        changed=again,
        conflict=_conflict(session, text, conflict) if conflict else None,
    )


def _conflict(session: Session, text: str, conflict: Conflict) -> Conflicting:
    revision = editing.newest(session)
    names = directory.agent_names(session)
    return Conflicting(
        by=names.get(revision.agent_id) if revision and revision.agent_id else None,
        at=revision.at if revision else None,
        text=conflict.theirs,
        diff=compared(conflict.theirs or "", text),
    )


def told(found: Checked, tell: Teller) -> dict[str, Any]:
    """A checked text for the script of the page."""
    return {
        "text": found.text,
        "data": found.data,
        "faults": [vars(one) for one in found.faults],
        "doubts": [vars(one) for one in found.doubts],
        "sentence": tell.rule(found.data) if found.data else "",
        "examples": [
            {"given": one.given, "expect": one.expect, "faults": list(one.faults)}
            for one in found.examples
        ],
    }


def _from_data(text: str, given: str) -> str:
    """The text made to say what the builder holds."""
    try:
        data = json.loads(given)
    except ValueError:
        raise status(400) from None
    if not isinstance(data, dict):
        raise status(400)
    return rewritten(text, data) if text.strip() else write_rule(data)


def taken(session: Session, key: str | None) -> set[str]:
    """The ids of the other rules."""
    revision = editing.newest(session)
    try:
        return set(split(revision.source if revision else "").keys) - {key}
    except (MarkedYamlError, NotOneRule):
        return set()


def _piece(revision: RuleRevision | None, key: str) -> str:
    try:
        return split(revision.source if revision else "").find(key).text
    except (MarkedYamlError, NotOneRule):
        raise NotThere(key) from None


def _keep(asked: Asked, session: Session, what: Callable[[Pieces], Pieces]) -> Saved:
    return editing.change(
        session,
        what,
        agent_id=asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
    )


async def _written(asked: Asked, function: Callable[[Session], T]) -> T:
    try:
        return await asked.write(function)
    except (MarkedYamlError, NotOneRule) as error:
        raise status(409, str(error)) from None


async def _change(asked: Asked, what: Callable[[str], Callable[[Pieces], Pieces]]) -> Saved:
    key = asked.request.path_params["key"]
    return await _written(asked, lambda session: _keep(asked, session, what(key)))


def _back_to(asked: Asked, what: str) -> Response:
    """To the page that the form stood on: the list, or the rule itself."""
    key = asked.request.path_params["key"]
    here = asked.field("here") == "rule"
    return done.go(asked, listing.address(key) if here else "/rules", what, key)
