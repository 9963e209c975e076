"""What a reply template can speak of. docs/templates.md lists the same, held by a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub.text import display_name, first_name, snippet

VARIABLES: Final[Mapping[str, str]] = {
    "customer.name": "The customer's name as they gave it; empty when unknown.",
    "customer.first_name": "The name to greet by; empty when the name does not tell it.",
    "customer.locale": "The customer's language, such as `fa`.",
    "customer.attributes": "What is known beyond that, by the attribute's own name.",
    "conversation.number": "The conversation's number.",
    "conversation.subject": "Its subject, shortened to one line; empty on channels without.",
    "hours.open": "Whether the office is open now.",
    "hours.opens_at": "When it opens next; empty while it is open.",
    "hours.closes_at": "When it closes; empty while it is closed.",
    "purchase.number": "The number of the customer's newest order; empty where there is none.",
    "purchase.placed_at": "When it was ordered.",
    "purchase.total": "What it cost: `purchase.total | money`.",
    "purchase.status": "How far it is, as the shop says it.",
    "purchases": "The newest ten orders, each with `number`, `placed_at`, `total`, `status`.",
    "links": "Addresses of yours by the name that the settings give them: `links.shop`.",
    "organisation.name": "The name that customers know us by.",
    "agent.name": "Who answers; empty in automatic answers.",
    "team.name": "The team that the conversation is with; empty where there is none.",
    "webhook.answer": "What a webhook answered, by its own names.",
    "now": "The present moment.",
}
"""Every variable with its meaning. A template that names anything else is refused."""

OPEN: Final = frozenset({"customer.attributes", "links", "purchases", "webhook.answer"})
"""Variables whose parts are not known beforehand."""

_PLACES: Final = tuple((path, *path.partition(".")[::2]) for path in VARIABLES)
_GROUPS: Final = frozenset(group for _, group, name in _PLACES if name)
_LONGEST: Final = 1_000
_MOST: Final = 100
_DEEPEST: Final = 3


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """All variables, those not given as None, nested by their dots.

    People's own words are cut, and bounded in size, so that no customer can make an answer of
    ours carry a letter of theirs. Raises KeyError for a name that is not documented.
    """
    flat = dict(_flattened(given))
    unknown = flat.keys() - VARIABLES.keys()
    if unknown:
        raise KeyError(f"no template variable is called {', '.join(sorted(unknown))}")
    if flat.get("customer.name") is not None:
        flat["customer.name"] = display_name(str(flat["customer.name"]))
        flat.setdefault("customer.first_name", first_name(flat["customer.name"]))
    if flat.get("conversation.subject") is not None:
        flat["conversation.subject"] = snippet(str(flat["conversation.subject"]), 120)
    filled: dict[str, Any] = {}
    for path, group, name in _PLACES:
        value = _bounded(flat.get(path), 0)
        if path in OPEN and value is None:
            value = {}
        if name:
            filled.setdefault(group, {})[name] = value
        else:
            filled[group] = value
    return filled


def _flattened(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in given.items():
        if key in _GROUPS and isinstance(value, Mapping):
            flat += [(f"{key}.{name}", part) for name, part in value.items()]
        else:
            flat.append((key, value))
    return flat


def _bounded(value: Any, depth: int) -> Any:
    match value:
        case str():
            return value[:_LONGEST]
        case Mapping() if depth < _DEEPEST:
            items = list(value.items())[:_MOST]
            return {str(key): _bounded(part, depth + 1) for key, part in items}
        case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
            return [_bounded(part, depth + 1) for part in list(value)[:_MOST]]
        case Mapping() | list() | tuple() | set() | frozenset():
            return None
        case _:
            return value
