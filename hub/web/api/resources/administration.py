"""The resources of what is set up rather than done every day, in the order of the document."""

from __future__ import annotations

from typing import Final

from hub.web.api.resource import Resource
from hub.web.api.resources import (
    audit,
    directory,
    organisation,
    people,
    promises,
    teams,
    tokens,
    topics,
)

ADMINISTRATION: Final[tuple[Resource, ...]] = (
    organisation.resource,
    directory.resource,
    people.resource,
    teams.resource,
    promises.resource,
    topics.resource,
    tokens.resource,
    audit.resource,
)
