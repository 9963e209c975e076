"""The pages about a thread and its parts."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web import exporting, files, letter, looking, structure
from hub.web.asked import Entry

_CONVERSATION: Final = "/conversations/{id:uuid}"
_MESSAGE: Final = _CONVERSATION + "/messages/{message:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", _MESSAGE, looking.message, Right.READ),
    Entry("GET", _MESSAGE + "/original", letter.show, Right.READ),
    Entry("GET", _MESSAGE + "/source", letter.source, Right.READ),
    Entry("GET", _MESSAGE + "/revisions", looking.revisions, Right.READ),
    Entry("GET", _MESSAGE + "/contacts/{number:int}.vcf", looking.contact, Right.READ),
    Entry("GET", "/files/{message:uuid}/{position:int}", files.show, Right.READ),
    Entry("GET", "/files/{message:uuid}/{position:int}/small", files.small, Right.READ),
    Entry("GET", "/files/{message:uuid}/{position:int}/held", files.held, Right.READ),
    Entry("POST", "/files/{message:uuid}/{position:int}/held", files.give_held, Right.READ),
    Entry("GET", _CONVERSATION + "/days", looking.days, Right.READ),
    Entry("GET", _CONVERSATION + "/find", looking.find, Right.READ),
    Entry("GET", _CONVERSATION + "/export", exporting.page, Right.READ),
    Entry("GET", _CONVERSATION + "/export.zip", exporting.archive, Right.READ),
    Entry("GET", _CONVERSATION + "/merge", structure.merge_form, Right.WRITE),
    Entry("POST", _CONVERSATION + "/merge", structure.merge, Right.WRITE),
    Entry("GET", _CONVERSATION + "/move", structure.move_form, Right.WRITE),
    Entry("GET", _MESSAGE + "/move", structure.move_form, Right.WRITE),
    Entry("POST", _CONVERSATION + "/move", structure.move, Right.WRITE),
)
