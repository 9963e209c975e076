"""What the events of a conversation tell of its changes."""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from uuid import UUID

TOLD = ("status", "team_id", "assignee_id", "priority")
telling = attrgetter(*TOLD)


def changed(before: tuple[Any, ...], after: tuple[Any, ...]) -> dict[str, list[Any]]:
    return {
        name: [_plain(was), _plain(now)]
        for name, was, now in zip(TOLD, before, after, strict=True)
        if was != now
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
