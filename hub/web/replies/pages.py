"""The pages about reply templates, with who may use them.

Every agent may write templates of their own; each page looks whose a template is before it shows
or changes it.
"""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.replies import describing, editor, history, listing, previewing

ONE: Final = "/templates/{name}/{locale}"
FILE: Final = ONE + "/files/{file:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/templates", listing.show, Right.WRITE),
    Entry("POST", "/templates", listing.create, Right.WRITE),
    Entry("POST", "/templates/{name}/duplicate", listing.duplicate, Right.WRITE),
    Entry("POST", "/templates/{name}/archive", listing.archive, Right.WRITE),
    Entry("POST", "/templates/{name}/unarchive", listing.unarchive, Right.WRITE),
    Entry("GET", ONE, editor.edit, Right.WRITE),
    Entry("POST", ONE, editor.save, Right.WRITE),
    Entry("POST", ONE + "/discard", editor.discard, Right.WRITE),
    Entry("POST", ONE + "/remove", editor.remove, Right.WRITE),
    Entry("POST", ONE + "/preview", previewing.preview, Right.WRITE),
    Entry("POST", ONE + "/test", previewing.test, Right.WRITE),
    Entry("POST", ONE + "/card", describing.describe, Right.WRITE),
    Entry("POST", ONE + "/files", describing.attach, Right.WRITE, body=None),
    Entry("POST", FILE + "/remove", describing.detach, Right.WRITE),
    Entry("POST", FILE + "/restore", describing.bring_back, Right.WRITE),
    Entry("GET", ONE + "/revisions", history.revisions, Right.WRITE),
    Entry("POST", ONE + "/restore", history.restore, Right.WRITE),
)
