"""Running a macro on a conversation: everything of it, or nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from hub.agents.rights import Viewer
from hub.conversations import access, writing
from hub.conversations.acts import Done
from hub.conversations.acts.changing import Changing
from hub.conversations.reply_to import ways
from hub.conversations.writing import Words
from hub.message import Content
from hub.replies import macros
from hub.replies.macros import OneMacro
from hub.store.database import Session
from hub.web import suggesting
from hub.web.context import WebContext


def run(
    session: Session,
    context: WebContext,
    viewer: Viewer,
    conversation_id: UUID,
    macro: OneMacro,
    content: Content | None,
    now: datetime,
) -> Done:
    """Do everything that a macro does, in the transaction, with one undo.

    content: its answer, as `content_of` gives it. Raises NotVisible, NoSuchWay, NoSuchPerson,
    NoSuchTopic, and ValueError for a time or a tag that does not fit any more.
    """
    as_it_was = Changing(session, viewer, conversation_id, now).before
    message_id = None
    if content is not None:
        message_id = writing.reply(
            session,
            viewer,
            Words(
                conversation_id,
                content,
                form_key=f"macro:{uuid4()}",
                template=macros.template_of(macro),
            ),
            way=None,
            accounts=context.policy().accounts,
            now=now,
            give_up_after=context.settings.outbox.give_up_after,
            delay=macros.UNDO,
            anyway=True,
        ).message_id
    changing = Changing(session, viewer, conversation_id, now)
    changing.before = as_it_was
    if message_id is not None:
        changing.remember("message", str(message_id))
    for step in macros.steps_of(macro, viewer, now):
        step(changing)
    return changing.done("macro")


async def content_of(
    context: WebContext, viewer: Viewer, macro: OneMacro, conversation_id: UUID
) -> Content | None:
    """What the macro answers, in the customer's words. Raises TemplateError and NotVisible."""
    template = macros.template_of(macro)
    if template is None:
        return None
    policy = context.policy()

    def read(session: Session) -> tuple[suggesting.Reader, str | None]:
        access.require(session, viewer, conversation_id)
        way = ways(session, conversation_id, policy.accounts).default
        reader = suggesting.reader_of(session, context, viewer, conversation_id, policy.locale)
        return reader, way.kind if way is not None else None

    reader, channel = await context.database.read(read)
    return policy.render(template, reader.locale, reader.variables, channel=channel)
