"""The pages about customers, with who may use them."""

from __future__ import annotations

from typing import Final

from hub.agents.rights import Right
from hub.web.asked import Entry
from hub.web.customers import changes, keeping, listing, merges, one, privacy

CUSTOMER: Final = "/customers/{id:uuid}"
IDENTITY: Final = CUSTOMER + "/identities/{identity:uuid}"

ROUTES: Final[tuple[Entry, ...]] = (
    Entry("GET", "/customers", listing.show, Right.READ),
    Entry("GET", "/customers/rows", listing.rows, Right.READ),
    Entry("GET", "/customers.csv", listing.export, Right.EXPORT_CUSTOMERS),
    Entry("POST", "/customers/columns", listing.choose_columns, Right.OWN_SETTINGS),
    Entry("GET", "/customers/duplicates", merges.show, Right.READ),
    Entry("POST", "/customers/duplicates/dismiss", merges.dismiss, Right.WRITE),
    Entry("GET", "/customers/merge", merges.preview, Right.WRITE),
    Entry("POST", "/customers/merge", merges.merge, Right.WRITE),
    Entry("POST", "/customers/merges/{merge:uuid}/undo", merges.take_back, Right.WRITE),
    Entry("GET", CUSTOMER, one.show, Right.READ),
    Entry("GET", CUSTOMER + "/fresh", one.fresh, Right.READ),
    Entry("GET", CUSTOMER + "/timeline", one.lines, Right.READ),
    Entry("GET", CUSTOMER + "/merge", merges.choose, Right.WRITE),
    Entry("GET", CUSTOMER + "/purchases", one.purchases, Right.READ),
    Entry("POST", CUSTOMER + "/edit", changes.edit, Right.WRITE),
    Entry("POST", CUSTOMER + "/notes", changes.add_note, Right.WRITE),
    Entry("POST", CUSTOMER + "/notes/{note:uuid}/remove", changes.remove_note, Right.WRITE),
    Entry("POST", CUSTOMER + "/consent", changes.consent, Right.WRITE),
    Entry("POST", CUSTOMER + "/block", changes.block, Right.WRITE),
    Entry("POST", CUSTOMER + "/unblock", changes.unblock, Right.WRITE),
    Entry("POST", CUSTOMER + "/identities", changes.add_identity, Right.WRITE),
    Entry("POST", IDENTITY + "/verify", changes.verify, Right.WRITE),
    Entry("GET", IDENTITY + "/unlink", changes.unlink_page, Right.WRITE),
    Entry("POST", IDENTITY + "/unlink", changes.unlink, Right.WRITE),
    Entry("GET", CUSTOMER + "/export", privacy.show_export, Right.EXPORT_CUSTOMERS),
    Entry("POST", CUSTOMER + "/export", privacy.start_export, Right.EXPORT_CUSTOMERS),
    Entry("GET", "/customers/exports/{job:uuid}", privacy.download, Right.EXPORT_CUSTOMERS),
    Entry("POST", "/customers/jobs/{job:uuid}/stop", privacy.stop, Right.EXPORT_CUSTOMERS),
    Entry("GET", CUSTOMER + "/erase", privacy.ask_erase, Right.ERASE_CUSTOMERS),
    Entry("POST", CUSTOMER + "/erase", privacy.erase, Right.ERASE_CUSTOMERS),
    Entry("GET", "/customers/privacy", keeping.show, Right.ERASE_CUSTOMERS),
    Entry("POST", "/customers/privacy", keeping.save, Right.ERASE_CUSTOMERS),
    Entry("POST", CUSTOMER + "/undo/{act:uuid}", changes.undo, Right.WRITE),
)
