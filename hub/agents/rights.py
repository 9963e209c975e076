"""Who may do what. The one place where a role is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal
from uuid import UUID

Role = Literal["agent", "lead", "admin", "owner"]
ROLES: Final[tuple[Role, ...]] = ("agent", "lead", "admin", "owner")


class Missing(LookupError):
    """There is no such thing, or whoever asks may not know of it: the two look alike."""


class NotAllowed(Exception):
    """Whoever asks may know of it, and not do this to it."""


class Right(Enum):
    """Something that a page or an act needs."""

    READ = "read conversations"
    WRITE = "answer, note, assign and resolve"
    OWN_SETTINGS = "change one's own language, theme and calendar"
    SEE_CHANNELS = "see how the connected accounts fare"
    MANAGE_ORGANISATION = "change name, language, calendar and hours of the organisation"
    MANAGE_CHANNELS = "connect accounts, change, pause and remove them"
    EXPORT_CUSTOMERS = "take customers' data out, as lists and as a whole"
    ERASE_CUSTOMERS = "erase customers, and see what is erased by age"
    SEE_SATISFACTION = "see how satisfied customers are, and export it"
    EDIT_TEMPLATES = "change reply templates"
    SHARE_VIEWS = "give views of the inbox to everybody"
    SEE_RULES = "read the rules, try them and see what they did"
    EDIT_RULES = "change the rules"
    MANAGE_PEOPLE = "invite agents, change what they may do, and let them go"
    MANAGE_TEAMS = "change teams, who takes how much, and what is promised"
    MANAGE_WEBHOOKS = "choose which other programs are told what happens"
    BLOCK_SENDERS = "block addresses and domains, and hear them again"
    EDIT_LABELS = "look after tags, and say which attributes customers have"
    EDIT_TOPICS = "change what conversations can be said to be about"
    MANAGE_TOKENS = "make tokens with which other programs use the API, and revoke them"
    SEE_AUDIT = "see who changed what of the installation, and export it"


_AGENT: Final = frozenset({Right.READ, Right.WRITE, Right.OWN_SETTINGS})
_LEAD: Final = _AGENT | {
    Right.BLOCK_SENDERS,
    Right.EDIT_TEMPLATES,
    Right.EXPORT_CUSTOMERS,
    Right.SEE_CHANNELS,
    Right.SEE_SATISFACTION,
    Right.SEE_RULES,
    Right.SHARE_VIEWS,
}
_ADMIN: Final = _LEAD | {
    Right.ERASE_CUSTOMERS,
    Right.MANAGE_ORGANISATION,
    Right.MANAGE_CHANNELS,
    Right.MANAGE_PEOPLE,
    Right.MANAGE_TEAMS,
    Right.MANAGE_WEBHOOKS,
    Right.EDIT_RULES,
    Right.EDIT_LABELS,
    Right.EDIT_TOPICS,
    Right.MANAGE_TOKENS,
    Right.SEE_AUDIT,
}

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    "agent": _AGENT,
    "lead": _LEAD,
    "admin": _ADMIN,
    "owner": _ADMIN,
}


@dataclass(frozen=True)
class Viewer:
    """The agent on whose behalf something is read or done.

    Which conversations a viewer may see is decided by `hub.conversations.access` alone. locale
    and what follows are the agent's own choices, as in `hub.store.tables.Agent`; signatures: by
    channel kind.
    """

    agent_id: UUID
    name: str
    mail: str
    role: Role
    locale: str = "en"
    calendar: str = "gregorian"
    time_zone: str = "UTC"
    theme: str = "system"
    direction: str = "auto"
    digits: str = "auto"
    density: str = "comfortable"
    shortcuts: bool = True
    after_sending: str = "stay"
    signatures: Mapping[str, str] = field(default_factory=dict, hash=False)
    scopes: frozenset[Right] | None = None

    @property
    def actor(self) -> str:
        """How the event log names this agent."""
        return f"agent:{self.agent_id}"

    def may(self, right: Right) -> bool:
        """Whether role and scopes give the right. An unknown role has none."""
        held_back = self.scopes is not None and right not in self.scopes
        return not held_back and right in RIGHTS.get(self.role, frozenset())
