"""What scopes are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.agents.rights import Right
from hub.text.marking import N_

LABELS: Final[Mapping[Right, str]] = {
    Right.READ: N_("Read conversations and customers"),
    Right.WRITE: N_("Answer, note, assign, settle; change customers"),
    Right.OWN_SETTINGS: N_("Change its agent's own settings and presence"),
    Right.SEE_CHANNELS: N_("See how channels fare"),
    Right.MANAGE_ORGANISATION: N_("Change the organisation and its hours"),
    Right.MANAGE_CHANNELS: N_("Connect, change and remove channels"),
    Right.EXPORT_CUSTOMERS: N_("Export customers"),
    Right.ERASE_CUSTOMERS: N_("Erase customers"),
    Right.SEE_SATISFACTION: N_("Read ratings"),
    Right.EDIT_TEMPLATES: N_("Change reply templates"),
    Right.SHARE_VIEWS: N_("Share views"),
    Right.SEE_RULES: N_("Read the rules and what they did"),
    Right.EDIT_RULES: N_("Change the rules"),
    Right.MANAGE_PEOPLE: N_("Manage people"),
    Right.MANAGE_TEAMS: N_("Manage teams, capacity and promises"),
    Right.BLOCK_SENDERS: N_("Block senders"),
    Right.EDIT_LABELS: N_("Look after tags and attributes"),
    Right.EDIT_TOPICS: N_("Change topics"),
    Right.MANAGE_WEBHOOKS: N_("Manage webhooks"),
    Right.MANAGE_TOKENS: N_("Make and revoke tokens"),
    Right.SEE_AUDIT: N_("Read the audit log"),
}
READING: Final = frozenset(
    {
        Right.READ,
        Right.SEE_CHANNELS,
        Right.SEE_SATISFACTION,
        Right.SEE_RULES,
        Right.SEE_AUDIT,
        Right.EXPORT_CUSTOMERS,
    }
)
"""Rights that change nothing."""
