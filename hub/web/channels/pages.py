"""The pages about connected accounts, with who may use them."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.channels import account, aside, connecting, listing, look

ACCOUNT: Final = "/channels/{account}"
ORIGINAL: Final = ACCOUNT + "/aside/{original:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/channels", listing.show, Right.SEE_CHANNELS),
    Entry("GET", "/channels/new", connecting.choose, Right.MANAGE_CHANNELS),
    Entry("GET", "/channels/new/{offer}", connecting.form, Right.MANAGE_CHANNELS),
    Entry("POST", "/channels/new/{offer}", connecting.connect, Right.MANAGE_CHANNELS),
    Entry("GET", ACCOUNT, account.show, Right.SEE_CHANNELS),
    Entry("POST", ACCOUNT, account.save, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/look", look.show, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/test", account.test, Right.SEE_CHANNELS),
    Entry("GET", ACCOUNT + "/aside", aside.show, Right.MANAGE_CHANNELS),
    Entry("GET", ORIGINAL, aside.original, Right.MANAGE_CHANNELS),
    Entry("POST", ORIGINAL, aside.again, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/pause", account.pause, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/resume", account.resume, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/remove", account.remove, Right.MANAGE_CHANNELS),
    Entry("POST", ACCOUNT + "/restore", account.restore, Right.MANAGE_CHANNELS),
)
