"""Topics: what conversations are about."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from hub.agents.rights import Right
from hub.conversations import keeping_topics, topics
from hub.conversations.topics import NoSuchTopic, OneTopic, TopicExists
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Move, Names, ShortName
from hub.web.api.resources.shared import ONE

resource = Resource(
    "Topics",
    "What conversations are about: a tree of two storeys.",
    refuses={TopicExists: problem.CONFLICT},
)


class Topic(Shown):
    """A topic. used: how many conversations were about it."""

    model_config = Shown.model_config | example(
        id=ONE,
        slug="late-parcel",
        names={"en": "Late parcel", "fa": "بستهٔ دیررسیده"},
        parent_id=None,
        retired=False,
        used=12,
    )

    id: UUID
    slug: str = Field(description="By which rules know it")
    names: dict[str, str]
    parent_id: UUID | None
    retired: bool = Field(description="It is not chosen any more; what was, stays")
    used: int


class NewTopic(Given):
    """A topic to be made."""

    model_config = example(slug="late-parcel", names={"en": "Late parcel"}, parent_id=None)

    slug: ShortName
    names: Names
    parent_id: Id | None = Field(None, description="Of what it is a part; null: it stands alone")


class TopicChange(Given):
    """What of a topic is to be changed."""

    model_config = example(names={"en": "Parcel that is late"}, retired=False)

    slug: ShortName | None = None
    names: Names | None = None
    parent_id: Id | None = None
    retired: Flag | None = None


@resource.get("/topics", needs=Right.READ)
async def page(call: Call, paging: Paged, retired: bool = False) -> Page[Topic]:
    """List the topics, each followed by its parts."""
    found = await call.read(topics.tree, retired=True)
    wanted = [one for one in found if retired or not one.retired]
    return paged(wanted, paging, key=lambda one: str(one.id), show=Topic.model_validate)


@resource.get("/topics/{topic_id}", needs=Right.READ)
async def show(call: Call, topic_id: Id) -> Topic:
    """Show a topic."""
    return Topic.model_validate(await call.read(_one, topic_id))


@resource.post(
    "/topics",
    needs=Right.EDIT_TOPICS,
    status=201,
    refuses={ValueError: problem.CONFLICT},
)
async def make(call: Call, given: NewTopic) -> Topic:
    """Make a topic, at the end of its list."""

    def write(session: Session) -> Made:
        made = keeping_topics.save(
            session,
            call.by,
            None,
            slug=given.slug,
            names=_plain(given.names),
            parent_id=given.parent_id,
        )
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))


@resource.patch(
    "/topics/{topic_id}", needs=Right.EDIT_TOPICS, refuses={ValueError: problem.CONFLICT}
)
async def change(call: Call, topic_id: Id, given: TopicChange) -> Topic:
    """Change a topic, retire it, or bring it back.

    What is left out stays as it is.
    """
    await call.act(_change, call, topic_id, given)
    return await show(call, topic_id)


@resource.post("/topics/{topic_id}/move", needs=Right.EDIT_TOPICS)
async def move(call: Call, topic_id: Id, given: Move) -> Topic:
    """Exchange a topic with its neighbour; at an end it stays where it is."""
    await call.act(keeping_topics.move, call.by, topic_id, given.by)
    return await show(call, topic_id)


def _change(session: Session, call: ApiCall, topic_id: UUID, given: TopicChange) -> None:
    was, changes = _one(session, topic_id), given.changes
    if changes.keys() - {"retired"}:
        keeping_topics.save(
            session,
            call.by,
            topic_id,
            slug=given.slug or was.slug,
            names=_plain(given.names) if given.names else was.names,
            parent_id=changes.get("parent_id", was.parent_id),
        )
    if given.retired is not None and given.retired != was.retired:
        keeping_topics.retire(session, call.by, topic_id, retired=given.retired)


def _one(session: Session, topic_id: UUID) -> OneTopic:
    for one in topics.tree(session, retired=True):
        if one.id == topic_id:
            return one
    raise NoSuchTopic(f"there is no topic {topic_id}")


def _plain(names: Names) -> dict[str, str]:
    return {str(locale): name for locale, name in names.items()}
