"""Customers who may be one: suggested with what speaks for it, compared, merged, parted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.conversations.access import NotVisible
from hub.conversations.customers import finding, seeing
from hub.conversations.customers.finding import Found, Wanted
from hub.customers import duplicates, merging, record
from hub.customers.acts import NoSuchCustomer
from hub.customers.duplicates import PAGE, Suggestion
from hub.customers.merging import VALUES, CannotTakeBack, Choice, SameCustomer, Side
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.customers import panel
from hub.web.customers.one import changed, page_of
from hub.web.customers.views import (
    Clash,
    DuplicatesPage,
    Likeness,
    MergeChoice,
    MergePage,
    MergeSide,
    Other,
)
from hub.web.rows import person_name
from hub.web.views import Toast
from hub.web.words import Say

FOUND: Final = 20
SHOWN: Final = 3
"""Of so many found, so many addresses of each."""


async def show(asked: Asked) -> Response:
    """GET /customers/duplicates?after=…"""
    return await _duplicates(asked)


async def _duplicates(asked: Asked, toast: Toast | None = None) -> Response:
    after = _place(asked.query("after"))

    def load(session: Session) -> tuple[list[Suggestion], dict[UUID, str], inbox.Beside]:
        seen = seeing.seen(session, asked.viewer)
        found = duplicates.page(session, after, seen=seen)
        wanted = {one for pair in found for one in (pair.first_id, pair.second_id)}
        names = {one: panel.name_of(record.read(session, one), asked.say) for one in wanted}
        return found, names, inbox.beside(session, asked.viewer)

    found, names, around = await asked.read(load)
    last = found[PAGE - 1] if len(found) > PAGE else None
    view = DuplicatesPage(
        pairs=tuple(
            Likeness(
                first_id=one.first_id,
                first=names[one.first_id],
                second_id=one.second_id,
                second=names[one.second_id],
                reasons=tuple(panel.evidence_words(why, asked.say) for why in one.evidence),
                sure=one.score >= 90,
            )
            for one in found[:PAGE]
        ),
        older={"after": f"{last.score}~{last.first_id}~{last.second_id}"} if last else None,
    )
    page = replace(inbox.page_with_rail(asked, around, page="customers"), toast=toast)
    return await asked.show(view, page=page)


async def dismiss(asked: Asked) -> Response:
    """POST /customers/duplicates/dismiss: first, second, again ("1" to suggest them again)."""
    pair = _id(asked.field("first")), _id(asked.field("second"))
    if pair[0] is None or pair[1] is None:
        raise status(422)
    first, second = pair[0], pair[1]
    now, again = asked.site.context.clock.now(), asked.field("again") == "1"

    def write(session: Session) -> None:
        seeing.require(session, asked.viewer, first)
        seeing.require(session, asked.viewer, second)
        duplicates.dismiss(
            session, first, second, agent_id=asked.viewer.agent_id, now=now, again=again
        )

    await asked.write(write)
    if again:
        return asked.go_whole("/customers/duplicates")
    back = {"first": str(first), "second": str(second), "again": "1"}
    words = asked.say("They are two: not suggested any more.")
    return await _duplicates(asked, Toast(words, "/customers/duplicates/dismiss", back))


async def choose(asked: Asked) -> Response:
    """GET /customers/<id>/merge?q=…: with whom; those that are suggested, or those that fit."""
    customer_id, words = asked.path_id(), (asked.query("q") or "").strip()[:200]

    def load(
        session: Session,
    ) -> tuple[record.Record, dict[UUID, Suggestion], list[Found], inbox.Beside]:
        kept = seeing.require(session, asked.viewer, customer_id)
        known = record.read(session, kept)
        alike = {one.other(kept): one for one in known.suggestions}
        if words:
            found = finding.page(session, asked.viewer, Wanted(query=words), limit=FOUND)
        else:
            found = finding.these(session, asked.viewer, list(alike))
        others = [one for one in found if one.id != kept]
        return known, alike, others, inbox.beside(session, asked.viewer)

    known, alike, found, around = await asked.read(load)
    view = MergeChoice(
        id=known.id,
        name=panel.name_of(known, asked.say),
        query=words,
        others=tuple(
            Other(
                id=one.id,
                name=person_name(
                    one.name, one.address_kind, one.address, one.address_name, asked.say
                ),
                addresses=tuple(
                    (kind, panel.shown_address(kind, address, None, asked.locale))
                    for kind, address, _ in one.addresses[:SHOWN]
                ),
                seen_at=one.seen_at,
                reasons=tuple(
                    panel.evidence_words(why, asked.say) for why in alike[one.id].evidence
                )
                if one.id in alike
                else (),
            )
            for one in found
        ),
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="customers"))


async def preview(asked: Asked) -> Response:
    """GET /customers/merge?kept=…&gone=…: what would become of the two."""
    kept, gone = _id(asked.query("kept") or ""), _id(asked.query("gone") or "")
    if kept is None or gone is None or kept == gone:
        raise status(404)

    def load(
        session: Session,
    ) -> tuple[Side, Side, dict[UUID, str], list[Suggestion], inbox.Beside]:
        for one in (kept, gone):
            if seeing.require(session, asked.viewer, one) != one:
                raise NotVisible(f"customer {one} was merged already")
        names = {one: panel.name_of(record.read(session, one), asked.say) for one in (kept, gone)}
        suggested = [
            one for one in duplicates.of_customer(session, kept) if one.other(kept) == gone
        ]
        return (
            merging.side(session, kept),
            merging.side(session, gone),
            names,
            suggested,
            inbox.beside(session, asked.viewer),
        )

    first, second, names, suggested, around = await asked.read(load)
    view = MergePage(
        kept=_side(asked, first, names[kept]),
        gone=_side(asked, second, names[gone]),
        clashes=tuple(_clashes(first, second, asked.say)),
        taken=tuple(_taken(first, second, asked.say)),
        folded=tuple(_folded(first, second)),
        reasons=tuple(
            panel.evidence_words(why, asked.say) for one in suggested for why in one.evidence
        ),
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="customers"))


async def merge(asked: Asked) -> Response:
    """POST /customers/merge: kept, gone, and for each clash whose value wins."""
    kept, gone = _id(asked.field("kept")), _id(asked.field("gone"))
    if kept is None or gone is None:
        raise status(422)
    choice = Choice(
        other=frozenset(name for name in VALUES if asked.field(f"value:{name}") == "other"),
        attributes=frozenset(
            name.removeprefix("attribute:")
            for name in asked.form
            if name.startswith("attribute:") and asked.field(name) == "other"
        ),
    )

    def write(session: Session) -> UUID:
        for one in (kept, gone):
            seeing.require(session, asked.viewer, one)
        return merging.merge(session, asked.by, kept, gone, choice)

    try:
        merge_id = await asked.write(write)
    except (NoSuchCustomer, SameCustomer):
        raise status(422, asked.say("One of the two was merged or erased meanwhile.")) from None
    undo = f"/customers/merges/{merge_id}/undo"
    return await page_of(asked, kept, Toast(asked.say("Merged"), undo))


async def take_back(asked: Asked) -> Response:
    """POST /customers/merges/<merge>/undo"""
    merge_id = asked.path_id("merge")

    def write(session: Session) -> tuple[UUID, tuple[str, ...]]:
        seeing.require(session, asked.viewer, merging.kept_by(session, merge_id))
        return merging.take_back(session, asked.by, merge_id)

    try:
        kept, stays = await asked.write(write)
    except CannotTakeBack as refused:
        text = (
            asked.say("Not parted: the customer was erased.")
            if refused.reason == "erased"
            else asked.say("Not parted: the customer was merged on. Part that merge first.")
        )
        raise status(422, text) from None
    text = asked.say("Parted again: they are two customers.")
    if stays:
        text += " " + asked.say("Kept, because it was changed since: %s.") % ", ".join(stays)
    return await changed(asked, kept, Toast(text))


def _side(asked: Asked, side: Side, name: str) -> MergeSide:
    say = asked.say
    labels = {
        "conversations": say("Conversations"),
        "purchases": say("Purchases"),
        "notes": say("Notes"),
        "ratings": say("Ratings"),
    }
    return MergeSide(
        id=side.id,
        name=name,
        since=side.since,
        identities=tuple(
            (kind, panel.shown_address(kind, address, given, asked.locale), proof)
            for kind, address, given, proof in side.identities
        ),
        counts=tuple((label, side.counts[key]) for key, label in labels.items()),
        tags=side.tags,
        blocked=side.blocked,
    )


def _labels(say: Say) -> Mapping[str, str]:
    return {
        "name": say("Name"),
        "stage": say("Stage"),
        "locale": say("Language"),
        "time_zone": say("Time zone"),
    }


def _worded(name: str, value: str | None, say: Say) -> str:
    if name == "stage":
        return panel.stage_name(value or "", say)
    if name == "locale":
        return panel.languages(value, say)[value or ""]
    return value or ""


def _clashes(first: Side, second: Side, say: Say) -> Sequence[Clash]:
    """What both have and only one can keep."""
    found = [
        Clash(
            f"value:{name}",
            label,
            _worded(name, first.values[name], say),
            _worded(name, second.values[name], say),
        )
        for name, label in _labels(say).items()
        if first.values[name] and second.values[name] and first.values[name] != second.values[name]
    ]
    found += [
        Clash(f"attribute:{name}", name, str(first.attributes[name]), str(value))
        for name, value in second.attributes.items()
        if name in first.attributes and first.attributes[name] != value
    ]
    return found


def _taken(first: Side, second: Side, say: Say) -> Sequence[tuple[str, str]]:
    """What only the one who goes has."""
    found = [
        (label, _worded(name, second.values[name], say))
        for name, label in _labels(say).items()
        if second.values[name] and not first.values[name]
    ]
    found += [
        (name, str(value))
        for name, value in second.attributes.items()
        if name not in first.attributes
    ]
    return found


def _folded(first: Side, second: Side) -> Sequence[str]:
    """Addresses that both have and that become one."""
    own = {(kind, address) for kind, address, _, _ in first.identities}
    return [address for kind, address, _, _ in second.identities if (kind, address) in own]


def _place(text: str | None) -> tuple[int, UUID, UUID] | None:
    try:
        score, first, second = (text or "").split("~")
        return int(score), UUID(first), UUID(second)
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
