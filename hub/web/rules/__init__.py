"""The pages about rules: the list, the builder, revisions, trying them out."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.rules import dry_run, editing, history, listing, simulating, trying, webhooks

RULE: Final = "/rules/r/{key}"
BODY: Final = 1_000_000

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/rules", listing.show, Right.SEE_RULES),
    Entry("GET", "/rules/new", editing.new, Right.EDIT_RULES),
    Entry("POST", "/rules/new", editing.save, Right.EDIT_RULES, body=BODY),
    Entry("POST", "/rules/check", editing.check_text, Right.SEE_RULES, body=BODY),
    Entry("POST", "/rules/back/{revision:int}", editing.bring_back, Right.EDIT_RULES),
    Entry("GET", "/rules/messages", trying.messages, Right.SEE_RULES),
    Entry("POST", "/rules/try", trying.try_it, Right.SEE_RULES, body=BODY),
    Entry("GET", "/rules/webhooks", webhooks.show, Right.SEE_RULES),
    Entry("POST", "/rules/webhooks/{call:uuid}/retry", webhooks.retry, Right.EDIT_RULES),
    Entry("GET", "/rules/simulator", simulating.show, Right.SEE_RULES),
    Entry("POST", "/rules/simulator", simulating.write, Right.SEE_RULES, body=BODY),
    Entry("GET", "/rules/dry-run", dry_run.show, Right.SEE_RULES),
    Entry("POST", "/rules/dry-run", dry_run.draft, Right.SEE_RULES, body=BODY),
    Entry("POST", "/rules/dry-run/start", dry_run.start, Right.SEE_RULES, body=BODY),
    Entry("GET", "/rules/dry-run/{id:uuid}", dry_run.show, Right.SEE_RULES),
    Entry("POST", "/rules/dry-run/{id:uuid}/stop", dry_run.stop, Right.SEE_RULES),
    Entry("GET", "/rules/revisions", history.show, Right.SEE_RULES),
    Entry("GET", "/rules/revisions/{number:int}", history.show, Right.SEE_RULES),
    Entry("POST", "/rules/revisions/{number:int}/restore", history.restore, Right.EDIT_RULES),
    Entry("GET", RULE, editing.show, Right.SEE_RULES),
    Entry("POST", RULE, editing.save, Right.EDIT_RULES, body=BODY),
    Entry("POST", RULE + "/switch", editing.switch, Right.EDIT_RULES),
    Entry("POST", RULE + "/move", editing.move, Right.EDIT_RULES),
    Entry("POST", RULE + "/copy", editing.copy, Right.EDIT_RULES),
    Entry("POST", RULE + "/remove", editing.remove, Right.EDIT_RULES),
)
