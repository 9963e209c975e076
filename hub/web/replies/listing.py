"""The list of reply templates: found, begun, copied, put into the archive and taken out of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right
from hub.replies import Key, cards, drafts, editing
from hub.replies.cards import Card, NameTaken, StillUsed
from hub.replies.editing import LOCALE, NAME, Variant
from hub.replies.library import HTML
from hub.replies.template import BUTTONS_LINE
from hub.replies.uses import COUNTED, Uses, uses
from hub.satisfaction.results import Filter, Tally, groups, measures
from hub.store.database import Session
from hub.text import fold, snippet
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.replies import which
from hub.web.replies.views import Listed, TemplatesPage
from hub.web.views import Person, Toast

_TAGS: Final = re.compile(r"{[%#].*?[%#]}|--- subject: .* ---", re.DOTALL)
OWN: Final = "own"


async def show(asked: Asked) -> Response:
    """GET /templates?q=…&tag=…&archived=1&archived_now=<name>: the last was just put away."""
    return await _list(asked)


async def create(asked: Asked) -> Response:
    """POST /templates: name, locale, whose ("", "own" or a team). Opens the editor."""
    typed = {
        "name": asked.field("name").strip().lower(),
        "locale": asked.field("locale").strip(),
        "whose": asked.field("whose").strip(),
    }
    errors, now = {}, asked.site.context.clock.now()
    if not NAME.fullmatch(typed["name"]):
        errors["name"] = asked.say(
            "Write a short name of lower-case letters, digits and hyphens, such as opening-hours."
        )
    if not LOCALE.fullmatch(typed["locale"]):
        errors["locale"] = asked.say("Write a language such as en, fa or fa-AF.")
    if not errors:
        own = typed["whose"] == OWN or not asked.viewer.may(Right.EDIT_TEMPLATES)
        try:
            await asked.write(
                cards.begin, asked.viewer, typed["name"], own=own, team_id=_team(typed["whose"]),
                now=now,
            )  # fmt: skip
        except NameTaken:
            errors["name"] = asked.say("There is a template of this name already.")
    if errors:
        return await _list(asked, typed=typed, errors=errors)
    return asked.go(f"/templates/{typed['name']}/{typed['locale']}")


async def duplicate(asked: Asked) -> Response:
    """POST /templates/<name>/duplicate: to, the new name; a free one where none is given."""
    name = which.name_of(asked)
    wanted = asked.field("to").strip().lower()
    if wanted and not NAME.fullmatch(wanted):
        raise status(422)

    def copy(session: Session) -> Key:
        which.seen(session, asked, name)
        to = wanted or _free(session, name)
        editing.duplicate(session, asked.by, name, to)
        made = [one.key for one in editing.variants(session, ()) if one.key.name == to]
        return next((key for key in made if key.locale == asked.locale), made[0])

    try:
        made = await asked.write(copy)
    except LookupError:
        raise status(404) from None
    except NameTaken:
        raise status(409) from None
    return asked.go(which.path_of(made))


async def archive(asked: Asked) -> Response:
    """POST /templates/<name>/archive"""
    name = which.name_of(asked)

    def put_away(session: Session) -> None:
        which.changeable(session, asked, name)
        used = which.used_by(asked, name)
        cards.archive(session, asked.by, name, used=used)

    try:
        await asked.write(put_away)
    except StillUsed as still:
        text = asked.say("It stays: it is still sent by %s.") % ", ".join(still.by)
        return await _list(asked, toast=Toast(text), refused=True)
    return asked.go(f"/templates?archived_now={name}")


async def unarchive(asked: Asked) -> Response:
    """POST /templates/<name>/unarchive: undoes the archiving."""
    name = which.name_of(asked)

    def take_out(session: Session) -> None:
        which.changeable(session, asked, name)
        cards.unarchive(session, asked.by, name)

    await asked.write(take_out)
    return asked.go_whole("/templates")


def _free(session: Session, name: str) -> str:
    """A name for a copy that no template has."""
    taken = cards.names(session) | {one.key.name for one in editing.variants(session, ())}
    stem = name[:32]
    return next(to for n in range(2, 10_000) if (to := f"{stem}-{n}") not in taken)


def _team(whose: str) -> UUID | None:
    try:
        return UUID(whose) if whose and whose != OWN else None
    except ValueError:
        raise status(422) from None


@dataclass(frozen=True)
class _Given:
    """What the list knows beside the texts. teams: their names."""

    drafted: Collection[str]
    uses: Mapping[str, Uses]
    tallies: Mapping[str, Tally]
    teams: Mapping[UUID, str]


def _listed(asked: Asked, card: Card, variants: tuple[Variant, ...], given: _Given) -> Listed:
    texts = [one for one in variants if one.key.form != HTML]
    mine = next((one for one in texts if one.key.locale == asked.locale), None)
    shown = mine or (texts[0] if texts else None)
    words = _TAGS.sub(" ", shown.source.partition(BUTTONS_LINE)[0]) if shown else ""
    return Listed(
        card.name,
        variants,
        snippet(words, 120),
        rules=len(which.used_by(asked, card.name)),
        card=card,
        purpose=asked.say(card.purpose) if card.purpose else "",
        team=given.teams.get(card.team_id, "?") if card.team_id else None,
        changes=cards.may_change(asked.viewer, card),
        drafted=card.name in given.drafted,
        uses=given.uses.get(card.name),
        tally=given.tallies.get(card.name),
    )


def _tallies(session: Session, asked: Asked) -> dict[str, Tally]:
    """How satisfied customers were where each template was used, for those who may see that."""
    if not asked.viewer.may(Right.SEE_SATISFACTION):
        return {}
    now = asked.site.context.clock.now()
    known = measures(session, asked.viewer, now - COUNTED, now)
    if not known:
        return {}
    wanted = Filter(known[0], now - COUNTED, now)
    found = groups(session, asked.viewer, wanted, "template", limit=500)
    return {group.key: group.tally for group in found if group.key}


def _says(it: Listed, search: str) -> bool:
    """Whether the template has all of these words somewhere."""
    sources = " ".join(one.source for one in it.variants)
    said = fold(
        f"{it.name} {it.name.replace('-', ' ')} {it.purpose} {' '.join(it.card.tags)} {sources}"
    )
    return all(word in said for word in fold(search).split())


async def _list(
    asked: Asked,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    toast: Toast | None = None,
    *,
    refused: bool = False,
) -> Response:
    search, tag = (asked.query("q") or "").strip()[:80], (asked.query("tag") or "").strip()[:60]
    archived = bool(asked.query("archived"))
    away = asked.query("archived_now") or ""

    def read(session: Session) -> tuple[inbox.Beside, TemplatesPage, bool]:
        known = cards.cards(session, asked.viewer)
        found = editing.variants(session, which.shipped_texts())
        teams = directory.teams(session, asked.viewer.agent_id, asked.viewer.locale)
        given = _Given(
            {key.name for key in drafts.drafted(session)},
            uses(session, asked.site.context.clock.now() - COUNTED),
            _tallies(session, asked),
            {team.id: team.name for team in teams},
        )
        listed = []
        written = {one.key.name for one in found}
        empty = [(card.name, ()) for card in known.written if card.name not in written]
        grouped = [(name, tuple(some)) for name, some in groupby(found, lambda one: one.key.name)]
        for name, variants in sorted([*grouped, *empty], key=lambda one: one[0]):
            if known.sees(name):
                listed.append(_listed(asked, known[name], variants, given))
        tags = sorted({one for it in listed for one in it.card.tags})
        shown = [
            it
            for it in listed
            if (it.card.archived_at is not None) == archived
            and (not tag or tag in it.card.tags)
            and _says(it, search)
        ]
        page = TemplatesPage(
            tuple(shown),
            search=search,
            tag=tag,
            tags=tuple(tags),
            archived=archived,
            put_away=sum(it.card.archived_at is not None for it in listed),
            teams=tuple(Person(team.id, team.name, "team") for team in teams),
            shares=asked.viewer.may(Right.EDIT_TEMPLATES),
            typed=typed or {"locale": asked.locale},
            errors=errors or {},
        )
        just_now = bool(away) and known.sees(away) and known[away].archived_at is not None
        return inbox.beside(session, asked.viewer), page, just_now

    around, view, just_now = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="templates")
    if just_now:
        text = asked.say("Put into the archive: %s") % away
        toast = Toast(text, f"/templates/{away}/unarchive")
    code = 422 if errors else 409 if refused else 200
    return await asked.show(view, page=replace(page, toast=toast), status=code)
