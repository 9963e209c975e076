"""Finding conversations: by words of messages, by files' names, by who, how and when."""

from hub.conversations.finding.find import (
    Found,
    Hit,
    conversation_ids,
    conversations,
    direct,
    find,
)
from hub.conversations.finding.query import OPERATORS, STATES, Fault, Query, read_query
from hub.conversations.finding.restrictions import customers
from hub.conversations.finding.snippets import Part, snippet

__all__ = [
    "OPERATORS",
    "STATES",
    "Fault",
    "Found",
    "Hit",
    "Part",
    "Query",
    "conversation_ids",
    "conversations",
    "customers",
    "direct",
    "find",
    "read_query",
    "snippet",
]
