"""The pages on which views of the inbox are made, changed and put in order."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.saved_views import changing, pages

VIEW: Final = "/views/{view:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/views", pages.show, Right.READ),
    Entry("POST", "/views", changing.create, Right.READ),
    Entry("GET", "/views/new", pages.new, Right.READ),
    Entry("POST", "/views/check", pages.check, Right.READ),
    Entry("GET", VIEW, pages.edit, Right.READ),
    Entry("POST", VIEW, changing.save, Right.READ),
    Entry("POST", VIEW + "/delete", changing.delete, Right.READ),
    Entry("POST", VIEW + "/bring-back", changing.bring_back, Right.READ),
    Entry("POST", VIEW + "/move", changing.move, Right.READ),
)
