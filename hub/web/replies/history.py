"""What was saved of a text, compared and brought back."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from hub.replies import editing
from hub.replies.cards import may_change
from hub.replies.revisions import newest
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.replies import editor, which
from hub.web.replies.views import HistoryPage
from hub.web.rules.comparing import compared

PAGE: Final = 50


async def revisions(asked: Asked) -> Response:
    """GET /templates/<name>/<locale>/revisions?form=&before=&revision="""
    key = which.key_of(asked)
    wanted, before = asked.query("revision") or "", which.number_of(asked.query("before"))

    def read(session: Session) -> tuple[HistoryPage, inbox.Beside]:
        card = which.seen(session, asked, key.name)
        # One more than is shown: what the oldest one changed is told by the one before it.
        found = editing.history(session, key, before=before, limit=PAGE + 1)
        live = newest(session, key).get(key)
        if not found or live is None:
            raise status(404)
        shown = found[:PAGE]
        opened = next((one for one in shown if str(one.revision) == wanted), shown[0])
        older = next((one for one in found if one.revision < opened.revision), None)
        came = which.shipped_texts().get(key)
        page = HistoryPage(
            key=key,
            savings=tuple(shown),
            opened=opened,
            live=live.revision,
            lines=compared(older.source if older else "", opened.source),
            against=compared(live.source, opened.source),
            differs=compared(came, live.source) if came is not None else (),
            older=found[PAGE - 1].revision if len(found) > PAGE else None,
            shippable=came is not None and not live.shipped,
            changes=may_change(asked.viewer, card),
        )
        return page, inbox.beside(session, asked.viewer)

    view, around = await asked.read(read)
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="templates"))


async def restore(asked: Asked) -> Response:
    """POST /templates/<name>/<locale>/restore?form=: revision, or "shipped" for what came
    with Payam."""
    key, wanted = which.key_of(asked), asked.field("revision")
    as_shipped = wanted == "shipped"
    now = asked.site.context.clock.now()

    def bring_back(session: Session) -> None:
        which.changeable(session, asked, key.name)
        if as_shipped:
            source = which.shipped_texts().get(key)
        else:
            asked_for = which.number_of(wanted) or 0
            found = editing.history(session, key, before=asked_for + 1, limit=1)
            source = found[0].source if found and found[0].revision == asked_for else None
        live = newest(session, key).get(key)
        if not source or live is None:
            raise status(404)
        editing.save(
            session,
            key,
            source,
            base=live.revision,
            shipped=as_shipped,
            agent_id=asked.viewer.agent_id,
            now=now,
            address=asked.address,
        )

    await asked.write(bring_back)
    if asked.partial:
        return asked.go_whole(which.path_of(key))
    return await editor.saved(asked, key, asked.say("Restored. It is live."))
