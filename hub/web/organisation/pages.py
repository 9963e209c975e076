"""The pages about the organisation, with who may use them."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.organisation import first_message, index, page, set_up

LINK: Final = "the signed link is the key, and nobody can sign in yet"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/first/{token}", set_up.form, None, LINK),
    Entry("POST", "/first/{token}", set_up.begin, None, LINK),
    Entry("GET", "/settings", index.show, Right.READ),
    Entry("GET", "/organisation", page.show, Right.MANAGE_ORGANISATION),
    Entry("POST", "/organisation", page.save, Right.MANAGE_ORGANISATION),
    Entry("POST", "/organisation/hours", page.save_hours, Right.MANAGE_ORGANISATION),
    Entry("GET", "/set-up", set_up.show, Right.MANAGE_ORGANISATION),
    Entry("GET", "/set-up/message", first_message.show, Right.MANAGE_ORGANISATION),
    Entry("POST", "/set-up/skip", set_up.skip, Right.MANAGE_ORGANISATION),
    Entry("POST", "/set-up/over", set_up.over, Right.MANAGE_ORGANISATION),
)
