"""Finding one's way in a long conversation: to a message, to a day, to words, to what was said
before it was changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub import calendars
from hub.conversations import thread
from hub.conversations.access import NotVisible
from hub.conversations.past import Past, past
from hub.conversations.within import MOST, Found, first_at, within
from hub.message import Contact
from hub.security.headers import content_disposition
from hub.store.database import Session
from hub.web import conversation, inbox, rows
from hub.web.asked import Asked, status
from hub.web.items.parts import shown_parts
from hub.web.views.structure import (
    DayOfMonth,
    DaysSheet,
    FindSheet,
    Hit,
    Revision,
    RevisionsSheet,
)

LONGEST_WORDS: Final = 200
_DAY: Final = timedelta(days=1)


async def message(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>: the conversation with that message in view."""
    conversation_id, message_id = asked.path_id(), asked.path_id("message")
    try:
        return await conversation.opened(asked, conversation_id, message_id)
    except NotVisible:
        home = await asked.read(thread.home_of, conversation_id, message_id)
        if home is None:
            raise
        view = inbox.view_of(asked)
        return asked.go(rows.url(f"/conversations/{home}/messages/{message_id}", view))


async def revisions(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>/revisions"""
    conversation_id, message_id = asked.path_id(), asked.path_id("message")
    found: Past = await asked.read(past, asked.viewer, conversation_id, message_id)
    return await asked.show(
        RevisionsSheet(
            conversation=conversation_id,
            number=found.number,
            partial=asked.partial,
            revisions=tuple(
                Revision(
                    one.at,
                    shown_parts(
                        one.content,
                        message_id,
                        f"/conversations/{conversation_id}/messages/{message_id}",
                        asked.say,
                        files=False,
                    ),
                )
                for one in found.revisions
            ),
            deleted_at=found.deleted_at,
        )
    )


async def contact(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>/contacts/<n>.vcf: a visiting card to keep
    (RFC 6350)."""
    found: Past = await asked.read(past, asked.viewer, asked.path_id(), asked.path_id("message"))
    cards = [block for block in found.revisions[0].content if isinstance(block, Contact)]
    number = asked.request.path_params["number"]
    if found.deleted_at is not None or number >= len(cards):
        raise status(404)
    card = cards[number]
    disposition = content_disposition("attachment", f"{card.name or 'contact'}.vcf")
    return Response(
        vcard(card),
        media_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def vcard(card: Contact) -> str:
    """A visiting card as a file (RFC 6350, with the line ends and escapes of its section 3)."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(card.name)}"]
    lines += [f"TEL;VALUE=uri:tel:{_escaped(phone)}" for phone in card.phones]
    lines += [f"EMAIL:{_escaped(mail)}" for mail in card.mails]
    return "\r\n".join([*lines, "END:VCARD", ""])


def _escaped(text: str) -> str:
    for plain, written in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\n", "\\n"), ("\r", "")):
        text = text.replace(plain, written)
    return text


async def find(asked: Asked) -> Response:
    """GET /conversations/<id>/find?q=…"""
    conversation_id = asked.path_id()
    words = (asked.query("q") or "").strip()[:LONGEST_WORDS]

    def read(session: Session) -> tuple[int, list[Found]]:
        hits = within(session, asked.viewer, conversation_id, words)
        return thread.status_of(session, conversation_id).number, hits

    number, hits = await asked.read(read)
    view = inbox.shown_view(asked)
    return await asked.show(
        FindSheet(
            conversation=conversation_id,
            number=number,
            partial=asked.partial,
            words=words,
            hits=tuple(
                Hit(
                    one.message_id,
                    rows.url(f"/conversations/{conversation_id}/messages/{one.message_id}", view),
                    one.at,
                    one.direction,
                    one.text,
                )
                for one in hits[:MOST]
            ),
            more=len(hits) > MOST,
        )
    )


async def days(asked: Asked) -> Response:
    """GET /conversations/<id>/days: the newest month; `month`, a day or a moment in another one
    (ISO 8601)."""
    conversation_id, viewer = asked.path_id(), asked.viewer
    zone, calendar = calendars.zone(viewer.time_zone), viewer.calendar
    wanted = _date(asked.query("month"), zone)
    kind: calendars.Calendar = "jalali" if calendar == "jalali" else "gregorian"

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone)

    def read(session: Session) -> tuple[int, date, date, dict[date, UUID], date | None]:
        own = thread.status_of(session, conversation_id)
        month = wanted or own.last_message_at.astimezone(zone).date()
        first, following = calendars.month_span(month, kind)
        found = first_at(session, viewer, conversation_id, midnight(first), midnight(following))
        by_day: dict[date, UUID] = {}
        for at, message_id in found:
            by_day.setdefault(at.astimezone(zone).date(), message_id)
        return own.number, first, following, by_day, own.created_at.astimezone(zone).date()

    number, first, following, said, began = await asked.read(read)
    today = asked.site.context.clock.now().astimezone(zone).date()
    view = inbox.shown_view(asked)
    # The week begins on Saturday where the Jalali calendar is read, on Monday elsewhere (CLDR).
    week_begins = 5 if kind == "jalali" else 0
    shown = []
    day = first
    while day < following:
        message_id = said.get(day)
        url = None
        if message_id is not None:
            url = rows.url(f"/conversations/{conversation_id}/messages/{message_id}", view)
        number_of_day = calendars.to_jalali(day).day if kind == "jalali" else day.day
        shown.append(DayOfMonth(day, number_of_day, url, today=day == today))
        day += _DAY
    here = f"/conversations/{conversation_id}/days?month="
    names = [
        calendars.format_weekday(first + _DAY * ((week_begins - first.weekday()) % 7 + place),
                                 asked.locale)
        for place in range(7)
    ]  # fmt: skip
    return await asked.show(
        DaysSheet(
            conversation=conversation_id,
            number=number,
            partial=asked.partial,
            month=first,
            weekdays=tuple(name[:1] if asked.locale == "fa" else name[:2] for name in names),
            ahead=(first.weekday() - week_begins) % 7,
            days=tuple(shown),
            previous=f"{here}{first - _DAY}" if began is None or began < first else None,
            following=f"{here}{following}" if following <= today else None,
        )
    )


def _date(text: str | None, zone: tzinfo) -> date | None:
    """A day, or the day of a moment where its reader is."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.date() if found.tzinfo is None else found.astimezone(zone).date()
