"""The page that documents the API, made from the document that the API gives."""

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.reference import page

ROUTES = (
    Entry("GET", "/api", page.show, Right.READ),
    Entry("GET", "/api/parts/{name}", page.part, Right.READ),
)
