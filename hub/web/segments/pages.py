"""Segments: listed, opened, checked while they are written, saved, removed, brought back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from hub import jobs
from hub.agents import directory
from hub.agents.rights import Right
from hub.automation.belonging import KIND as JOB
from hub.deciding.segments import belonging, newest
from hub.policy import Policy
from hub.rules import segment_revisions as segments
from hub.rules.pieces import MarkedYamlError, NotOneRule, one_rule
from hub.rules.segment_revisions import Conflict, Invalid, Kept
from hub.rules.segments import KEYS, WORDS, SegmentSet
from hub.rules.writing import rewritten, write_rule
from hub.store.database import Session
from hub.text.marking import in_words
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.rules import checking, done
from hub.web.rules.catalogue import catalogue
from hub.web.rules.comparing import compared
from hub.web.rules.sentences import Teller
from hub.web.rules.telling import teller
from hub.web.rules.views import Fault
from hub.web.segments import views

BODY: Final = 1_000_000
LONGEST: Final = 50_000
BLANK: Final = """\
- id:
  name: {en: "", fa: ""}
  about:
  if:
"""
"""Where a new segment begins."""


@dataclass(frozen=True)
class _Checked:
    """text and data as those of `checking.Checked`. sentence: whom it is about, and how many."""

    text: str
    data: Mapping[str, Any] | None
    faults: tuple[Fault, ...]
    sentence: str


async def show(asked: Asked) -> Response:
    """GET /segments"""

    def read(session: Session) -> tuple[views.Segments, inbox.Beside]:
        found = views.Segments(
            rows=_rows(asked, session),
            gone=tuple(views.Gone(one.slug, one.id, one.at) for one in segments.removed(session)),
            may_edit=_may_edit(asked),
        )
        return found, inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="rules")
    return await asked.show(view, page=replace(page, toast=done.toast(asked, "/segments")))


async def new(asked: Asked) -> Response:
    """GET /segments/new"""
    return await _open(asked, None, BLANK, None)


async def one(asked: Asked) -> Response:
    """GET /segments/s/<slug>"""
    slug = asked.request.path_params["slug"]

    def read(session: Session) -> tuple[str, int | None]:
        return segments.text_of(session, slug), segments.newest(session, slug)

    text, base = await asked.read(read)
    return await _open(asked, slug, text, base)


async def save(asked: Asked) -> Response:
    """POST /segments/s/<slug> and /segments/new: text, base."""
    slug = asked.request.path_params.get("slug")
    text = asked.field("text").replace("\r\n", "\n")
    base = int(asked.field("base")) if asked.field("base").isdecimal() else None
    if len(text) > LONGEST:
        raise status(413)
    write = partial(segments.save, slug=slug, text=text, base=base)
    try:
        name = await _written(asked, write)
    except Invalid:
        return await _open(asked, slug, text, base, code=422)
    except Conflict:
        current = await asked.read(segments.newest, str(slug))
        return await _open(asked, slug, text, current, code=409)
    return done.go(asked, f"/segments/s/{name}", "saved", name)


async def check_text(asked: Asked) -> Response:
    """POST /segments/check: `text`, or `data` as JSON with the `text` that it changes."""
    key, text, given = asked.field("key") or None, asked.field("text"), asked.field("data")
    if len(text) + len(given) > LONGEST:
        raise status(413)
    text = text.replace("\r\n", "\n")
    if given:
        text = _from_data(text, given)
    found = await asked.read(lambda session: _check(asked, session, key, text))
    return JSONResponse(_told(found))


async def remove(asked: Asked) -> Response:
    """POST /segments/s/<slug>/remove"""
    slug = asked.request.path_params["slug"]
    before = await _written(asked, partial(segments.remove, slug=slug))
    return done.go(asked, "/segments", "removed", slug, back=before)


async def bring_back(asked: Asked) -> Response:
    """POST /segments/back/<revision>: it is again what it was then."""
    revision = asked.request.path_params["revision"]
    slug = await _written(asked, partial(segments.restore, revision=revision))
    return done.go(asked, f"/segments/s/{slug}", "back", slug)


# --- parts ---------------------------------------------------------------------------------------


async def _written(asked: Asked, function: Any) -> Any:
    """Write it, and let all customers be looked at again in the background."""

    def write(session: Session, now: datetime) -> Any:
        result = function(session, agent_id=asked.viewer.agent_id, now=now)
        jobs.enqueue(session, JOB, now, agent_id=asked.viewer.agent_id)
        return result

    return await asked.write(write, asked.site.context.clock.now())


async def _open(
    asked: Asked, key: str | None, text: str, base: int | None, *, code: int = 200
) -> Response:
    def read(session: Session) -> tuple[views.Editor, inbox.Beside]:
        shown = _editor(asked, session, key, text, base, code=code)
        return shown, inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="rules")
    page = replace(page, toast=done.toast(asked, "/segments"))
    return await asked.show(view, page=page, status=code)


def _editor(
    asked: Asked, session: Session, key: str | None, text: str, base: int | None, *, code: int
) -> views.Editor:
    policy = asked.site.context.policy()
    found = _check(asked, session, key, text)
    known, names = checking.names(session, policy), teller(asked, session).names
    offered = catalogue(known, asked.say, names, vocabulary=WORDS)
    rows = _rows(asked, session, key)
    own = next((row for row in rows if row.slug == key), None)
    return views.Editor(
        rows=rows,
        key=key,
        title=own.name if own else asked.say("New segment"),
        text=found.text,
        base=base,
        may_edit=_may_edit(asked),
        faults=found.faults if key or code != 200 else (),
        sentence=found.sentence,
        catalogue=json.dumps(offered),
        checked=json.dumps(_told(found), default=str),
        revisions=_history(session, key, found.text) if key else (),
        used=own.used if own else (),
        customers=own.customers if own else 0,
        readable=found.data is not None,
        changed=code != 200,
        taken=code == 409,
    )


def _check(asked: Asked, session: Session, key: str | None, text: str) -> _Checked:
    segment, wrong = segments.checked(text, slug=key)
    try:
        data = one_rule(text).plain()
    except (MarkedYamlError, NotOneRule):
        data = None
    tell = teller(asked, session)
    sentence = _sentence(tell, data.get("if")) if isinstance(data, dict) else ""
    if segment is not None:
        now = asked.site.context.clock.now()
        counted = belonging(session, SegmentSet([segment]), newest(session), now)
        fitting = sum(segment.id in belongs for belongs in counted.values())
        told = asked.say("Of the %(most)s newest customers, %(count)s belong to it.")
        sentence += " " + told % {
            "most": tell.digits(str(len(counted))),
            "count": tell.digits(str(fitting)),
        }
    return _Checked(
        text,
        data if isinstance(data, dict) else None,
        tuple(Fault(one.line, in_words(one.message, asked.say)) for one in wrong),
        sentence,
    )


def _told(found: _Checked) -> dict[str, Any]:
    """A checked text for the script of the page, as `hub.web.rules.editing.told`."""
    return {
        "text": found.text,
        "data": found.data,
        "faults": [vars(one) for one in found.faults],
        "doubts": [],
        "sentence": found.sentence,
        "examples": [],
    }


def _from_data(text: str, given: str) -> str:
    """The text made to say what the builder holds; it speaks of rules, of which a segment has
    some keys."""
    try:
        data = json.loads(given)
    except ValueError:
        raise status(400) from None
    if not isinstance(data, dict):
        raise status(400)
    own = {key: data[key] for key in KEYS if key in data}
    return rewritten(text, own, KEYS) if text.strip() else write_rule(own, KEYS)


def _rows(asked: Asked, session: Session, selected: str | None = None) -> tuple[views.Row, ...]:
    tell, used = teller(asked, session), _users(asked.site.context.policy(), asked)
    return tuple(
        views.Row(
            slug=one.slug,
            name=_named(one, asked),
            about=one.about,
            sentence=_sentence(tell, one.conditions),
            customers=one.customers,
            shipped=one.shipped,
            used=used.get(one.slug, ()),
            selected=one.slug == selected,
        )
        for one in segments.kept(session)
    )


def _users(policy: Policy, asked: Asked) -> dict[str, tuple[str, ...]]:
    """What names each segment: rules by their ids, promises, and routing."""
    found: dict[str, dict[str, None]] = {}
    for rule in policy.rules.rules:
        for kind, name, _ in rule.names():
            if kind == "segment":
                found.setdefault(name, {})[rule.id] = None
    for promise in policy.routing.sla:
        for name in sorted(promise.segments):
            found.setdefault(name, {})[asked.say("Promises")] = None
    for name in sorted(policy.routing.key_segments):
        found.setdefault(name, {})[asked.say("Key customers first")] = None
    return {name: tuple(users) for name, users in found.items()}


def _history(session: Session, key: str, text: str) -> tuple[views.Revision, ...]:
    shown, current = [], text
    for place, one in enumerate(segments.history(session, key)):
        if place == 0 and one.source is not None:
            current = one.source
        shown.append(
            views.Revision(
                number=one.id,
                by=one.author,
                at=one.at,
                removed=one.source is None,
                live=place == 0,
                lines=compared(current, one.source) if place and one.source is not None else (),
            )
        )
    return tuple(shown)


def _sentence(tell: Teller, conditions: object) -> str:
    told = tell.conditions(conditions)
    return tell.say("Every customer for whom this holds: %s.") % told if told else ""


def _named(one: Kept, asked: Asked) -> str:
    return directory.localized(one.name, asked.locale) or one.slug


def _may_edit(asked: Asked) -> bool:
    return asked.viewer.may(Right.EDIT_RULES)
