"""The tree of topics, with a form beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents.rights import Right
from hub.conversations import keeping_topics, topics
from hub.conversations.topics import OneTopic, TopicExists
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, Entry, status
from hub.web.topics.views import TopicPage, TopicRow
from hub.web.views import Toast

SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
FIELDS: Final = ("name-en", "name-fa", "slug", "parent")
LONGEST: Final = 80


async def show(asked: Asked) -> Response:
    """GET /topics?retired=<topic>: the tree; what was just retired can be brought back."""
    return await _page(asked)


async def one(asked: Asked) -> Response:
    """GET /topics/<topic>"""
    topic_id = asked.path_id("topic")
    found = {each.id: each for each in await asked.read(_tree)}
    if topic_id not in found:
        raise status(404)
    return await _page(asked, _fields(found[topic_id]), changing=topic_id)


async def save(asked: Asked) -> Response:
    """POST /topics and POST /topics/<topic>: name-en, name-fa, slug, parent."""
    topic_id = asked.path_id("topic") if "topic" in asked.request.path_params else None
    typed = {name: asked.field(name).strip()[:LONGEST] for name in FIELDS}
    say, errors = asked.say, {}
    names = {locale: name for locale in ("en", "fa") if (name := typed[f"name-{locale}"])}
    if not names:
        errors["name-en"] = say("Give it a name in one language at least.")
    if not SLUG.fullmatch(typed["slug"]):
        errors["slug"] = say("Write lower-case letters, digits and hyphens, such as late-parcel.")
    try:
        parent_id = UUID(typed["parent"]) if typed["parent"] else None
    except ValueError:
        raise status(422) from None

    before = {each.id: _fields(each) for each in await asked.read(_tree)}
    if not errors:
        try:
            await asked.write(
                keeping_topics.save,
                asked.by,
                topic_id,
                slug=typed["slug"],
                names=names,
                parent_id=parent_id,
            )
        except TopicExists:
            errors["slug"] = say("Another topic has this short name.")
        except ValueError:
            errors["parent"] = say("Topics stand two storeys deep at most, and there are 200.")
    if errors:
        return await _page(asked, typed, errors, changing=topic_id)
    if topic_id is None:
        return asked.go("/topics")
    toast = Toast(asked.say("Saved"), f"/topics/{topic_id}", before[topic_id])
    return await _page(asked, toast=toast)


async def retire(asked: Asked) -> Response:
    """POST /topics/<topic>/retire: it is not chosen any more; what was, stays."""
    topic_id = asked.path_id("topic")
    await _retire(asked, topic_id, retired=True)
    return asked.go(f"/topics?retired={topic_id}")


async def restore(asked: Asked) -> Response:
    """POST /topics/<topic>/restore"""
    await _retire(asked, asked.path_id("topic"), retired=False)
    return asked.go_whole("/topics")


async def move(asked: Asked) -> Response:
    """POST /topics/<topic>/move: `step`, -1 or 1."""
    topic_id, step = asked.path_id("topic"), {"-1": -1, "1": 1}.get(asked.field("step"))
    if step is None:
        raise status(422)

    await asked.write(keeping_topics.move, asked.by, topic_id, step)
    return asked.go("/topics")


async def _retire(asked: Asked, topic_id: UUID, *, retired: bool) -> None:
    await asked.write(keeping_topics.retire, asked.by, topic_id, retired=retired)


def _fields(topic: OneTopic) -> dict[str, str]:
    """A topic as the fields of its form."""
    return {
        "name-en": topic.names.get("en", ""),
        "name-fa": topic.names.get("fa", ""),
        "slug": topic.slug,
        "parent": str(topic.parent_id or ""),
    }


def _tree(session: Session) -> list[OneTopic]:
    return topics.tree(session, retired=True)


async def _page(
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    changing: UUID | None = None,
    toast: Toast | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, list[OneTopic]]:
        return inbox.beside(session, asked.viewer), _tree(session)

    around, found = await asked.read(read)
    gone = next((one for one in found if str(one.id) == asked.query("retired")), None)
    if gone is not None and gone.retired:
        text = asked.say("Topic retired: %s") % gone.name(asked.locale)
        toast = Toast(text, f"/topics/{gone.id}/restore")
    page = inbox.page_with_rail(asked, around, page="topics", toast=toast)
    parents = tuple(
        (one.id, one.name(asked.locale))
        for one in found
        if one.parent_id is None and not one.retired and one.id != changing
    )
    view = TopicPage(_rows(asked, found), parents, typed or {}, errors or {}, changing)
    return await asked.show(view, page=page, status=422 if errors else 200)


def _rows(asked: Asked, found: list[OneTopic]) -> tuple[TopicRow, ...]:
    beside: dict[UUID | None, list[UUID]] = {}
    for one in found:
        beside.setdefault(one.parent_id, []).append(one.id)
    return tuple(
        TopicRow(
            id=one.id,
            name=one.name(asked.locale),
            slug=one.slug,
            part=one.parent_id is not None,
            retired=one.retired,
            used=one.used,
            first=beside[one.parent_id][0] == one.id,
            last=beside[one.parent_id][-1] == one.id,
        )
        for one in found
    )


TOPIC: Final = "/topics/{topic:uuid}"
ROUTES: Final = (
    Entry("GET", "/topics", show, Right.EDIT_TOPICS),
    Entry("POST", "/topics", save, Right.EDIT_TOPICS),
    Entry("GET", TOPIC, one, Right.EDIT_TOPICS),
    Entry("POST", TOPIC, save, Right.EDIT_TOPICS),
    Entry("POST", TOPIC + "/retire", retire, Right.EDIT_TOPICS),
    Entry("POST", TOPIC + "/restore", restore, Right.EDIT_TOPICS),
    Entry("POST", TOPIC + "/move", move, Right.EDIT_TOPICS),
)
