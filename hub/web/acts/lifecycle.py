"""Whose a conversation is, how it stands, and what it is about."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from hub.calendars import Calendar, format_moment, zone
from hub.conversations import acts
from hub.conversations.acts import NoSuchPerson
from hub.conversations.topics import NoSuchTopic
from hub.store import events
from hub.web import head
from hub.web.acts import answering
from hub.web.asked import Asked, status
from hub.web.views import Toast


async def assign(asked: Asked) -> Response:
    """POST /conversations/<id>/assign: `assignee` (an agent's id, or "" for nobody) or `team`."""
    by_team = "team" in asked.form
    person = _chosen(asked, "team" if by_team else "assignee")
    act = acts.assign_team if by_team else acts.assign
    say = asked.say
    try:
        return await answering.act(
            asked,
            lambda session, viewer, one, now: act(session, viewer, one, person, now),
            lambda done: (
                (say("Assigned to %s") % done.name if done.name else say("Assigned"))
                if person
                else say("Assigned to nobody")
            ),
        )
    except NoSuchPerson:
        raise status(404, say("There is no such agent or team any more.")) from None


async def resolve(asked: Asked) -> Response:
    """POST /conversations/<id>/resolve: `topic`, where one was chosen."""
    topic = _chosen(asked, "topic")
    return await _topical(
        asked,
        lambda session, viewer, one, now: acts.resolve(session, viewer, one, now, topic),
        asked.say("Resolved"),
    )


async def topic(asked: Asked) -> Response:
    """POST /conversations/<id>/topic: `topic`, "" for none."""
    chosen = _chosen(asked, "topic")
    return await _topical(
        asked,
        lambda session, viewer, one, now: acts.set_topic(session, viewer, one, chosen, now),
        asked.say("Topic changed"),
    )


async def reopen(asked: Asked) -> Response:
    """POST /conversations/<id>/reopen"""
    return await answering.act(asked, acts.reopen, lambda _: asked.say("Reopened"))


async def wait(asked: Asked) -> Response:
    """POST /conversations/<id>/wait"""
    return await answering.act(asked, acts.wait, lambda _: asked.say("Waiting for the customer"))


async def spam(asked: Asked) -> Response:
    """POST /conversations/<id>/spam"""
    return await answering.act(asked, acts.mark_spam, lambda _: asked.say("Moved to spam"))


async def snooze(asked: Asked) -> Response:
    """POST /conversations/<id>/snooze: `until` in words, or "" until the customer writes."""
    words, now = asked.field("until").strip()[: head.LONGEST], asked.site.context.clock.now()
    until = head.moment(asked, words, now) if words else None
    if words and until is None:
        text = asked.say("“%s” is no time to come. Write it like “tomorrow 9” or “in 2 hours”.")
        before = await asked.read(events.newest)
        return await answering.done(asked, asked.path_id(), before, Toast(text % words))
    viewer, say = asked.viewer, asked.say
    if until is None:
        told = say("Snoozed until the customer writes")
    else:
        calendar: Calendar = "jalali" if viewer.calendar == "jalali" else "gregorian"
        shown = format_moment(until, now, zone(viewer.time_zone), calendar, asked.locale)
        told = say("Snoozed: %s") % shown
    return await answering.act(
        asked,
        lambda session, viewer, one, at: acts.snooze(session, viewer, one, until, at),
        lambda _: told,
    )


async def prioritise(asked: Asked) -> Response:
    """POST /conversations/<id>/priority: `priority`, -1 to 2."""
    wanted = {str(one): one for one in acts.steps.PRIORITIES}.get(asked.field("priority"))
    if wanted is None:
        raise status(422)
    return await answering.act(
        asked,
        lambda session, viewer, one, now: acts.prioritise(session, viewer, one, wanted, now),
        lambda _: asked.say("Priority changed"),
    )


async def tag(asked: Asked) -> Response:
    """POST /conversations/<id>/tags: `add`, or `off` for a tag to take off."""
    add = [one] if (one := asked.field("add")) else []
    remove = [one] if (one := asked.field("off")) else []
    say = asked.say
    try:
        return await answering.act(
            asked,
            lambda session, viewer, key, now: acts.tag(
                session, viewer, key, now, add=add, remove=remove
            ),
            lambda _: (
                say("Tag added: %s") % acts.steps.clean_tag(add[0])
                if add
                else say("Tag removed: %s") % "".join(remove)
            ),
        )
    except ValueError:
        text = say("A conversation has at most %s tags.") % acts.steps.MOST_TAGS
        before = await asked.read(events.newest)
        return await answering.done(asked, asked.path_id(), before, Toast(text))


async def subject(asked: Asked) -> Response:
    """POST /conversations/<id>/subject: `subject`, "" for none."""
    words = asked.field("subject")
    return await answering.act(
        asked,
        lambda session, viewer, one, now: acts.name_subject(session, viewer, one, words, now),
        lambda _: asked.say("Subject changed"),
    )


async def seen(asked: Asked) -> Response:
    """POST /conversations/<id>/seen: `position` of the newest message that was looked at."""
    position = asked.field("position")
    if not position.isdecimal() or len(position) > 9:
        raise status(404)
    now = asked.site.context.clock.now()
    await asked.write(acts.mark_seen, asked.viewer, asked.path_id(), int(position), now)
    return Response(status_code=204)


async def unseen(asked: Asked) -> Response:
    """POST /conversations/<id>/unseen: it is left, because whoever has it open has seen it."""
    now = asked.site.context.clock.now()
    await asked.write(acts.mark_unseen, asked.viewer, asked.path_id(), now)
    return Response(status_code=204) if asked.partial else asked.go("/inbox")


async def _topical(asked: Asked, apply: answering.Apply, told: str) -> Response:
    try:
        return await answering.act(asked, apply, lambda _: told)
    except NoSuchTopic:
        raise status(404, asked.say("There is no such topic any more.")) from None


def _chosen(asked: Asked, field: str) -> UUID | None:
    """The id in a field, None where it is empty."""
    given = asked.field(field)
    try:
        return UUID(given) if given else None
    except ValueError:
        raise status(404) from None
