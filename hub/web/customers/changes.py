"""What agents change of a customer: in place, with an undo."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.calendars import zone_names
from hub.conversations.access import NotVisible
from hub.conversations.customers import seeing
from hub.customers import acts, attributes, blocking, identities, record, undoing, unlinking
from hub.customers.acts import CannotUndo, Edit, NoSuchCustomer
from hub.customers.attributes import Unfit
from hub.customers.changing import TooManyAttributes
from hub.customers.identities import BadAddress, Taken
from hub.customers.unlinking import LastIdentity, Unlinking
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.customers import panel
from hub.web.customers.one import changed, page_of
from hub.web.customers.panel import shown_address, unfit_words
from hub.web.customers.views import UnlinkPage
from hub.web.views import Toast

_LANGUAGE: Final = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})?")
"""A language as channels tell it (RFC 5646), or none."""

Apply = Callable[[Session, UUID], UUID | None]


async def edit(asked: Asked) -> Response:
    """POST /customers/<id>/edit: any of name, stage, locale, time_zone, tag, untag; or attribute
    with value."""
    say, name, typed = asked.say, asked.field("attribute"), asked.field("value")
    try:
        value = attributes.value_of(asked.site.context.policy().attributes, name, typed)
    except Unfit as unfit:
        return await changed(asked, asked.path_id(), Toast(unfit_words(unfit, asked.say)))
    if not _LANGUAGE.fullmatch(asked.field("locale")):
        raise status(422)
    if (zone := asked.field("time_zone").strip()) and zone not in zone_names():
        wrong = say("There is no such time zone. Write it like Asia/Tehran or Europe/Berlin.")
        return await changed(
            asked, asked.path_id(), errors={"time_zone": wrong}, typed={"time_zone": zone}
        )
    wanted = Edit(
        **{
            name: asked.field(name).strip()
            for name in ("name", "stage", "locale", "time_zone", "tag", "untag")
            if name in asked.form
        },
        attributes={name: value} if name else {},
    )
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return acts.edit(session, asked.viewer, customer_id, wanted, now)

    return await _act(asked, apply, asked.say("Saved"))


async def add_note(asked: Asked) -> Response:
    """POST /customers/<id>/notes: text."""
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return acts.add_note(session, asked.viewer, customer_id, asked.field("text"), now)

    return await _act(asked, apply, asked.say("Note added"))


async def remove_note(asked: Asked) -> Response:
    """POST /customers/<id>/notes/<note>/remove"""
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return acts.remove_note(session, asked.viewer, customer_id, asked.path_id("note"), now)

    return await _act(asked, apply, asked.say("Note removed"))


async def consent(asked: Asked) -> Response:
    """POST /customers/<id>/consent: purpose, granted ("yes" or "no")."""
    purpose, granted = asked.field("purpose")[:60], asked.field("granted")
    if not purpose or granted not in ("yes", "no"):
        raise status(422)
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return acts.give_consent(session, asked.viewer, customer_id, purpose, granted == "yes", now)

    return await _act(asked, apply, asked.say("Noted"))


async def block(asked: Asked) -> Response:
    """POST /customers/<id>/block: reason."""
    reason = asked.field("reason")[:500]

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return blocking.block(session, asked.by, customer_id, reason)

    return await _act(asked, apply, asked.say("Blocked: what comes from now on is spam."))


async def unblock(asked: Asked) -> Response:
    """POST /customers/<id>/unblock"""

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return blocking.unblock(session, asked.by, customer_id)

    return await _act(asked, apply, asked.say("Unblocked"))


async def add_identity(asked: Asked) -> Response:
    """POST /customers/<id>/identities: kind ("mail" or "phone"), address."""
    kind, address = asked.field("kind"), asked.field("address").strip()[:254]
    if kind not in identities.KINDS:
        raise status(422)
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return identities.add(session, asked.viewer, customer_id, kind, address, now)

    try:
        return await _act(asked, apply, asked.say("Added; it counts as claimed."))
    except BadAddress:
        say = asked.say
        wrong = (
            say("This is no mail address. Write it like sara@example.com.")
            if kind == "mail"
            else say("This is no phone number. Write it like +98 912 000 0000.")
        )
        typed = {"kind": kind, "address": address}
        return await changed(asked, asked.path_id(), errors={"address": wrong}, typed=typed)


async def verify(asked: Asked) -> Response:
    """POST /customers/<id>/identities/<identity>/verify: reason."""
    reason = asked.field("reason").strip()
    identity_id = asked.path_id("identity")
    field = f"identity-{identity_id}"
    if not reason:
        wrong = asked.say("Write how you know it; it stands in the audit log.")
        return await changed(asked, asked.path_id(), errors={field: wrong})

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return identities.verify(session, asked.by, customer_id, identity_id, reason)

    try:
        return await _act(asked, apply, asked.say("Verified"))
    except Taken:
        wrong = asked.say("Another customer has proven this address. Compare the two instead.")
        return await changed(asked, asked.path_id(), errors={field: wrong})


async def unlink_page(asked: Asked) -> Response:
    """GET /customers/<id>/identities/<identity>/unlink: what it would do."""
    customer_id, identity_id = asked.path_id(), asked.path_id("identity")

    def load(session: Session) -> tuple[record.Record, Unlinking, inbox.Beside]:
        kept = seeing.require(session, asked.viewer, customer_id)
        return (
            record.read(session, kept),
            unlinking.preview(session, kept, identity_id),
            inbox.beside(session, asked.viewer),
        )

    known, what, around = await asked.read(load)
    view = UnlinkPage(
        id=known.id,
        name=panel.name_of(known, asked.say),
        identity=identity_id,
        channel=what.kind,
        address=shown_address(what.kind, what.address, what.name, asked.locale),
        going=what.going,
        staying=what.staying,
        used=what.used,
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="customers"))


async def unlink(asked: Asked) -> Response:
    """POST /customers/<id>/identities/<identity>/unlink"""
    now = asked.site.context.clock.now()

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        return unlinking.unlink(session, asked.viewer, customer_id, asked.path_id("identity"), now)

    try:
        customer_id, act = await _apply(asked, apply)
    except LastIdentity:
        raise status(422, asked.say("It is the only address of this customer.")) from None
    undo = f"/customers/{customer_id}/undo/{act}"
    return await page_of(asked, customer_id, Toast(asked.say("Taken away"), undo))


async def undo(asked: Asked) -> Response:
    """POST /customers/<id>/undo/<act>"""
    act_id = asked.path_id("act")

    def apply(session: Session, customer_id: UUID) -> UUID | None:
        undoing.undo(session, asked.by, customer_id, act_id)
        return None

    try:
        return await _act(asked, apply, asked.say("Undone"))
    except CannotUndo:
        text = asked.say("Not undone: it has changed meanwhile.")
        return await changed(asked, asked.path_id(), Toast(text))


async def _act(asked: Asked, apply: Apply, words: str) -> Response:
    """Do it, and show what became of the customer, with the way back."""
    try:
        customer_id, act = await _apply(asked, apply)
    except TooManyAttributes:
        raise status(422, asked.say("A customer can not have more attributes.")) from None
    undo = f"/customers/{customer_id}/undo/{act}" if act else None
    return await changed(asked, customer_id, Toast(words, undo))


async def _apply(asked: Asked, apply: Apply) -> tuple[UUID, UUID | None]:
    customer_id = asked.path_id()

    def write(session: Session) -> tuple[UUID, UUID | None]:
        kept = seeing.require(session, asked.viewer, customer_id)
        return kept, apply(session, kept)

    try:
        return await asked.write(write)
    except NoSuchCustomer as gone:
        raise NotVisible(str(gone)) from gone
