"""What the form for an answer begins with: the drafts, the ways with what they carry, copies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast
from uuid import UUID, uuid4

from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.channel import Capabilities
from hub.conversations import addressed, drafts, following, notifications
from hub.conversations.addressed import Recipient
from hub.conversations.drafts import Kept
from hub.conversations.following import Following
from hub.conversations.markup import carried, formatted
from hub.conversations.reply_to import Ways
from hub.web import head, items, uploads
from hub.web.views import Composer, Draft, Way, Words

if TYPE_CHECKING:
    from hub.web.asked import Asked


@dataclass(frozen=True)
class Writing:
    """What is read for the form. told: the viewer was told of this conversation and not looked."""

    drafts: Mapping[str, Kept]
    copies: tuple[Recipient, ...]
    following: Following
    told: bool


def read(
    session: Session, viewer: Viewer, conversation_id: UUID, found: Ways, own: Collection[str]
) -> Writing:
    """Read it; own: the mail addresses that are ours."""
    copies: tuple[Recipient, ...] = ()
    if found.default is not None and found.default.kind == addressed.KIND:
        identity_id = found.default.identity_id
        copies = addressed.reply_all(session, conversation_id, identity_id, own)
    return Writing(
        drafts=drafts.drafts(session, viewer, conversation_id),
        copies=copies,
        following=following.followers(session, viewer, conversation_id),
        told=notifications.waits(session, viewer, conversation_id),
    )


def own_addresses(asked: Asked) -> frozenset[str]:
    """All mail addresses of the connected accounts."""
    known = asked.site.context.capabilities.values()
    return frozenset().union(*(one.addresses for one in known))


def composer(
    asked: Asked, conversation_id: UUID, writing: Writing, found: Ways, subject: str | None
) -> Composer:
    """An empty form, with the viewer's drafts."""
    answer, aside = writing.drafts.get("reply", Kept()), writing.drafts.get("note", Kept())
    settings = asked.site.context.settings
    copies = ", ".join(map(str, writing.copies))
    last = max(
        (one for one in writing.drafts.items() if one[1].updated_at),
        key=lambda one: str(one[1].updated_at),
        default=("reply", None),
    )[0]
    shown = aside if last == "note" else answer
    return Composer(
        conversation=conversation_id,
        form_key=str(uuid4()),
        ways=ways(asked, found, answer.fields.get("identity")),
        mode=cast("Literal['reply', 'note']", last),
        reply=_draft(answer),
        note=_draft(aside),
        subject=answer.fields.get("subject", subject or ""),
        cc=answer.fields.get("cc", copies),
        bcc=answer.fields.get("bcc", ""),
        unsigned=bool(answer.fields.get("unsigned")),
        most_files=settings.attachments.max_per_message,
        largest_file=settings.attachments.max_size,
        undo=int(settings.outbox.undo_for.total_seconds()),
        after="next" if asked.viewer.after_sending == "next" else "stay",
        moments=head.snoozes(asked),
        template=answer.fields.get("template", ""),
        files=uploads.still_kept(asked, shown.fields.get("files", "").split()),
        buttons=_buttons(answer.fields.get("buttons", "")),
    )


def _buttons(lines: str) -> tuple[tuple[str, str], ...]:
    """Buttons as a draft keeps them: what each says, a tab, and what it sends or opens."""
    parted = (line.partition("\t") for line in lines.split("\n") if line.strip())
    return tuple((label, target or label) for label, _, target in parted)


def refilled(fresh: Composer, given: Composer) -> Composer:
    """The form again with what was typed, and why it was not taken."""
    return replace(
        fresh,
        form_key=given.form_key or fresh.form_key,
        mode=given.mode,
        body=given.body,
        errors=given.errors,
        overtaken=given.overtaken,
        subject=given.subject or fresh.subject,
        cc=fresh.cc if given.again else given.cc,
        bcc=fresh.bcc if given.again else given.bcc,
        unsigned=fresh.unsigned if given.again else given.unsigned,
        files=given.files,
        buttons=given.buttons,
        again=given.again,
    )


def ways(asked: Asked, found: Ways, chosen: str | None) -> tuple[Way, ...]:
    """The ways to answer by, with what each channel carries."""
    current = found.named(chosen) or found.default
    capabilities = asked.site.context.capabilities
    return tuple(
        _carrying(
            items.way(known, asked.say, current=known == current),
            capabilities.get(known.account),
            asked.viewer.signatures.get(known.kind, ""),
        )
        for known in found.all
    )


def looks(words: str, carries: Capabilities | None) -> Words:
    """What agents' markup becomes on a channel; None: among the team."""
    text = formatted(words)
    if carries is not None:
        text = carried(text, carries.entities)
    return Words(text.text, text.entities)


def _carrying(plain: Way, carries: Capabilities | None, signature: str) -> Way:
    if carries is None:
        return replace(plain, files=False)
    return replace(
        plain,
        text_limit=carries.text_limit,
        files="media" in carries.blocks,
        buttons="buttons" in carries.blocks,
        forms=tuple(sorted(carries.entities)),
        copies=carries.copies,
        titled=carries.subject,
        file_limit=carries.attachment_limit,
        most_files=carries.attachments_per_message,
        signature=looks(signature, carries) if signature else None,
    )


def _draft(kept: Kept) -> Draft:
    return Draft(
        body=kept.body,
        revision=kept.revision,
        subject=kept.fields.get("subject", ""),
        cc=kept.fields.get("cc", ""),
        bcc=kept.fields.get("bcc", ""),
        unsigned=bool(kept.fields.get("unsigned")),
    )
