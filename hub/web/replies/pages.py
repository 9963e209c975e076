"""The pages about reply templates, with who may use them."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.replies import manage

ONE: Final = "/templates/{name}/{locale}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/templates", manage.show, Right.EDIT_TEMPLATES),
    Entry("POST", "/templates", manage.create, Right.EDIT_TEMPLATES),
    Entry("GET", ONE, manage.edit, Right.EDIT_TEMPLATES),
    Entry("POST", ONE, manage.save, Right.EDIT_TEMPLATES),
    Entry("POST", ONE + "/preview", manage.preview, Right.EDIT_TEMPLATES),
    Entry("GET", ONE + "/revisions", manage.revisions, Right.EDIT_TEMPLATES),
    Entry("POST", ONE + "/restore", manage.restore, Right.EDIT_TEMPLATES),
)
