"""Teams: how conversations find somebody in each, who is in it, and how much each takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory
from hub.agents.directory import Named
from hub.routing import STRATEGIES, teams
from hub.routing.teams import Member, Nobody, SlugTaken, Whole
from hub.store.database import Session
from hub.text.digits import to_latin
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.routing import views
from hub.web.views import Person, Shown, Toast

LANGUAGES: Final = ("fa", "en", "ar", "tr", "de", "fr", "ru")
"""What agents can be said to answer in, besides what they are said to already."""
MOST: Final = 1_000
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_NAME: Final = 80


async def show(asked: Asked) -> Response:
    """GET /teams"""
    return await _list(asked)


async def create(asked: Asked) -> Response:
    """POST /teams: slug, name."""
    slug, name = asked.field("slug").strip().lower(), asked.field("name").strip()[:_NAME]
    errors = {}
    if not _SLUG.fullmatch(slug):
        errors["slug"] = asked.say(
            "Write a short name of lower-case letters, digits and hyphens, such as front-desk."
        )
    if not name:
        errors["name"] = asked.say("The team needs a name.")
    if not errors:
        names = {asked.viewer.locale: name}
        try:
            team_id = await asked.write(teams.create, asked.by, slug=slug, name=names)
            return asked.go(f"/teams/{team_id}")
        except SlugTaken:
            errors["slug"] = asked.say("There is a team of this name already.")
    return await _list(asked, slug=slug, name=name, errors=errors)


async def one(asked: Asked) -> Response:
    """GET /teams/<team>"""
    return await _team(asked)


async def save(asked: Asked) -> Response:
    """POST /teams/<team>: name-en, name-fa, strategy, fixed."""
    names = {
        locale: given
        for locale in ("en", "fa")
        if (given := asked.field(f"name-{locale}").strip()[:_NAME])
    }
    strategy = asked.field("strategy")
    fixed = _id(asked.field("fixed"))
    errors = {}
    if not names:
        errors["name"] = asked.say("The team needs a name.")
    if strategy not in STRATEGIES:
        raise status(422)
    if strategy == "fixed" and fixed is None:
        errors["fixed"] = asked.say("Choose who gets everything.")
    if errors:
        return await _team(asked, names=names, strategy=strategy, fixed=fixed, errors=errors)
    team_id = asked.path_id("team")
    before = await asked.read(teams.team, team_id)
    await asked.write(
        teams.save, asked.by, team_id, name=names, strategy=strategy, fixed_agent_id=fixed
    )
    back = {f"name-{locale}": name for locale, name in before.name.items()}
    back |= {"strategy": before.strategy, "fixed": str(before.fixed_agent_id or "")}
    return await _team(asked, toast=Toast(asked.say("Saved"), f"/teams/{team_id}", back))


async def restrict(asked: Asked) -> Response:
    """POST /teams/<team>/restricted: restricted ("1": the members alone see what it has)."""
    team_id, only = asked.path_id("team"), asked.field("restricted") == "1"
    try:
        await asked.write(teams.restrict, asked.by, team_id, restricted=only)
    except Nobody:
        errors = {
            "restricted": asked.say("Add somebody to the team first, or nobody could see it.")
        }
        return await _team(asked, errors=errors)
    text = asked.say("The team alone sees it now.") if only else asked.say("Everybody sees it now.")
    back = {"restricted": "0" if only else "1"}
    return await _team(asked, toast=Toast(text, f"/teams/{team_id}/restricted", back))


async def add_member(asked: Asked) -> Response:
    """POST /teams/<team>/members: agent."""
    agent_id = _id(asked.field("agent"))
    if agent_id is None:
        raise status(422)
    team_id = asked.path_id("team")
    await asked.write(teams.add_member, asked.by, team_id, agent_id)
    return asked.go(f"/teams/{team_id}")


async def remove_member(asked: Asked) -> Response:
    """POST /teams/<team>/members/<agent>/remove"""
    team_id, agent_id = asked.path_id("team"), asked.path_id("agent")
    await asked.write(teams.remove_member, asked.by, team_id, agent_id)
    return asked.go(f"/teams/{team_id}")


async def member(asked: Asked) -> Response:
    """GET /teams/<team>/members/<agent>"""
    found = await _read_member(asked)
    typed = {
        "share": str(found.share),
        "capacity": "" if found.capacity is None else str(found.capacity),
        **{f"limit-{kind}": str(limit) for kind, limit in found.limits.items()},
    }
    return await _member(asked, found, typed, frozenset(found.languages))


async def save_member(asked: Asked) -> Response:
    """POST /teams/<team>/members/<agent>: share, capacity, language…, limit-<kind>…"""
    found = await _read_member(asked)
    errors: dict[str, str] = {}
    typed = {name: str(value) for name, value in asked.form.items() if isinstance(value, str)}
    languages = frozenset(
        str(code) for code in asked.form.getlist("language") if code in _known(found)
    )
    share = _number(asked, "share", 0, 100, errors)
    capacity = _number(asked, "capacity", 1, MOST, errors, optional=True)
    limits = {}
    for kind in _kinds(asked, found):
        limit = _number(asked, f"limit-{kind}", 0, MOST, errors, optional=True)
        if limit is not None:
            limits[kind] = limit
    if errors or share is None:
        return await _member(asked, found, typed, languages, errors)
    changed = Member(
        agent_id=found.agent_id,
        name=found.name,
        mail=found.mail,
        share=share,
        capacity=capacity,
        limits=limits,
        languages=tuple(sorted(languages)),
    )
    team_id = asked.path_id("team")
    await asked.write(teams.save_member, asked.by, team_id, changed)
    return asked.go(f"/teams/{team_id}")


# --- drawing ---


async def _list(
    asked: Asked, *, slug: str = "", name: str = "", errors: Mapping[str, str] | None = None
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, list[teams.Summary]]:
        return inbox.beside(session, asked.viewer), teams.teams(session)

    around, found = await asked.read(read)
    rows = tuple(
        views.TeamRow(
            id=one.id,
            slug=one.slug,
            name=directory.localized(one.name, asked.viewer.locale) or one.slug,
            strategy=one.strategy,
            members=one.members,
            online=one.online,
            open=one.open,
            restricted=one.restricted,
        )
        for one in found
    )
    return await _draw(asked, around, views.Teams(rows, slug, name, errors or {}), bool(errors))


async def _team(
    asked: Asked,
    *,
    names: Mapping[str, str] | None = None,
    strategy: str | None = None,
    fixed: UUID | None = None,
    errors: Mapping[str, str] | None = None,
    toast: Toast | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, Whole, list[Named]]:
        whole = teams.team(session, asked.path_id("team"))
        return inbox.beside(session, asked.viewer), whole, directory.agents(session)

    around, whole, agents = await asked.read(read)
    routing = asked.site.context.policy().routing
    inside = {one.agent_id for one in whole.members}
    shown = views.Team(
        id=whole.id,
        slug=whole.slug,
        name=directory.localized(whole.name, asked.viewer.locale) or whole.slug,
        names=whole.name if names is None else names,
        strategy=strategy or whole.strategy,
        strategies=STRATEGIES,
        fixed=whole.fixed_agent_id if strategy is None else fixed,
        members=tuple(
            views.MemberRow(
                id=one.agent_id,
                name=one.name,
                mail=one.mail,
                state=one.state,
                open=one.open,
                share=one.share,
                capacity=routing.capacity if one.capacity is None else one.capacity,
                own_capacity=one.capacity is not None,
                languages=one.languages,
                limits=tuple(sorted(one.limits.items())),
            )
            for one in whole.members
        ),
        others=tuple(Person(one.id, one.name) for one in agents if one.id not in inside),
        restricted=whole.restricted,
        own_hours=whole.hours is not None,
        errors=errors or {},
    )
    return await _draw(asked, around, shown, bool(errors), toast)


async def _member(
    asked: Asked,
    found: Member,
    typed: Mapping[str, str],
    languages: frozenset[str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, Whole]:
        return inbox.beside(session, asked.viewer), teams.team(session, asked.path_id("team"))

    around, whole = await asked.read(read)
    kinds = _kinds(asked, found)
    shown = views.Member(
        team=whole.id,
        team_name=directory.localized(whole.name, asked.viewer.locale) or whole.slug,
        id=found.agent_id,
        name=found.name,
        share=typed.get("share", ""),
        capacity=typed.get("capacity", ""),
        default_capacity=asked.site.context.policy().routing.capacity,
        limits={kind: typed.get(f"limit-{kind}", "") for kind in kinds},
        kinds=kinds,
        languages=tuple(languages),
        known_languages=_known(found),
        errors=errors or {},
    )
    return await _draw(asked, around, shown, bool(errors))


async def _draw(
    asked: Asked,
    around: inbox.Beside,
    shown: Shown,
    refused: bool,
    toast: Toast | None = None,
) -> Response:
    page = replace(inbox.page_with_rail(asked, around, page="teams"), toast=toast)
    return await asked.show(shown, page=page, status=422 if refused else 200)


# --- reading and checking ---


async def _read_member(asked: Asked) -> Member:
    return await asked.read(teams.member, asked.path_id("team"), asked.path_id("agent"))


def _kinds(asked: Asked, found: Member) -> tuple[str, ...]:
    """The kinds of connected channels, and those that a limit is set for."""
    connected = asked.site.context.policy().routing.kinds.values()
    return tuple(sorted({*connected, *found.limits}))


def _known(found: Member) -> tuple[str, ...]:
    return (*LANGUAGES, *(code for code in found.languages if code not in LANGUAGES))


def _number(
    asked: Asked,
    name: str,
    least: int,
    most: int,
    errors: dict[str, str],
    *,
    optional: bool = False,
) -> int | None:
    """A whole number of a field, in whatever digits it was typed."""
    text = to_latin(asked.field(name)).strip()
    if not text and optional:
        return None
    if not text.isascii() or not text.isdecimal() or not least <= int(text[:9]) <= most:
        errors[name] = asked.say("Write a whole number from %(least)s to %(most)s.") % {
            "least": least,
            "most": most,
        }
        return None
    return int(text)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
