"""Every resource of the API, in the order of the document."""

from __future__ import annotations

from typing import Final

from hub.web.api.resource import Resource
from hub.web.api.resources import (
    bulk,
    conversations,
    customers,
    desk,
    duplicates,
    identities,
    me,
    messages,
    privacy,
    purchases,
    search,
    uploads,
)
from hub.web.api.resources.administration import ADMINISTRATION

RESOURCES: Final[tuple[Resource, ...]] = (
    me.resource,
    conversations.resource,
    messages.resource,
    uploads.resource,
    search.resource,
    bulk.resource,
    desk.resource,
    customers.resource,
    identities.resource,
    purchases.resource,
    duplicates.resource,
    privacy.resource,
    *ADMINISTRATION,
)
