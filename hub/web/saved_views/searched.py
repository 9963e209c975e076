"""What was searched for, as the conditions of a view that goes on finding it."""

from __future__ import annotations

from typing import Any

from hub.conversations.finding import Query
from hub.text import fold
from hub.web.asked import Asked

_ME, _NOBODY = ("me", "من"), ("nobody", "none", "هیچکس")


def of_search(asked: Asked, query: Query) -> dict[str, Any]:
    """The conditions that say it, as far as conditions can; without words for days and for names of
    people, which they can not."""
    found: list[dict[str, Any]] = [{"text": {"mentions": word}} for word in query.words]
    kinds = {one.kind for one in asked.site.context.policy().accounts.values()}
    found += [{"tags": tag} for tag in query.tags]
    found += [{"channel" if one in kinds else "account": one} for one in query.channels]
    if query.statuses:
        found.append({"status": sorted(query.statuses)})
    if "urgent" in query.is_also:
        found.append({"priority": {"at_least": "high"}})
    people = {fold(one) for one in query.assignees} | query.is_also
    if people.intersection((*_ME, "mine")):
        found.append({"assignee": asked.viewer.mail})
    if people.intersection((*_NOBODY, "unassigned")):
        found.append({"assignee": False})
    if "file" in query.has:
        found.append({"attachments": True})
    return found[0] if len(found) == 1 else {"all": found} if found else {}
