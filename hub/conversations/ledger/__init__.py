"""Everything that one transaction writes about conversations, one statement a table."""

from hub.conversations.ledger.ledger import OUTBOX, Ledger

__all__ = ["OUTBOX", "Ledger"]
