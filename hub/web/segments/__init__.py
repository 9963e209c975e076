"""The pages about segments: the list, one as fields or YAML, and what it was before."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.segments import pages

SEGMENT: Final = "/segments/s/{slug}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/segments", pages.show, Right.SEE_RULES),
    Entry("GET", "/segments/new", pages.new, Right.EDIT_RULES),
    Entry("POST", "/segments/new", pages.save, Right.EDIT_RULES, body=pages.BODY),
    Entry("POST", "/segments/check", pages.check_text, Right.SEE_RULES, body=pages.BODY),
    Entry("POST", "/segments/back/{revision:int}", pages.bring_back, Right.EDIT_RULES),
    Entry("GET", SEGMENT, pages.one, Right.SEE_RULES),
    Entry("POST", SEGMENT, pages.save, Right.EDIT_RULES, body=pages.BODY),
    Entry("POST", SEGMENT + "/remove", pages.remove, Right.EDIT_RULES),
)
