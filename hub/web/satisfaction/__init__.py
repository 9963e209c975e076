"""How satisfied customers are: the results as a page, and as a file."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.satisfaction import export, page

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/satisfaction", page.show, Right.SEE_SATISFACTION),
    Entry("GET", "/satisfaction/comments", page.comments, Right.SEE_SATISFACTION),
    Entry("GET", "/satisfaction/answers.csv", export.show, Right.SEE_SATISFACTION),
)
