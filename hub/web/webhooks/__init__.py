"""The programs that are told what happens: listed, added, changed, and what they were told."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.webhooks import log, pages

WEBHOOK: Final = "/webhooks/{webhook:uuid}"
LOG: Final = WEBHOOK + "/log"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/webhooks", pages.show, Right.MANAGE_WEBHOOKS),
    Entry("GET", "/webhooks/new", pages.new, Right.MANAGE_WEBHOOKS),
    Entry("POST", "/webhooks/new", pages.create, Right.MANAGE_WEBHOOKS),
    Entry("GET", WEBHOOK, pages.one, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK, pages.save, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/on", pages.switch_on, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/off", pages.switch_off, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/secret", pages.renew_secret, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/secret/end", pages.end_old_secret, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/remove", pages.remove, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/restore", pages.restore, Right.MANAGE_WEBHOOKS),
    Entry("POST", WEBHOOK + "/test", log.test, Right.MANAGE_WEBHOOKS),
    Entry("GET", LOG, log.show, Right.MANAGE_WEBHOOKS),
    Entry("POST", LOG + "/again", log.all_again, Right.MANAGE_WEBHOOKS),
    Entry("POST", LOG + "/{delivery:uuid}/again", log.again, Right.MANAGE_WEBHOOKS),
)
