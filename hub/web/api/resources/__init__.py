"""Every resource of the API, in the order of the document."""

from __future__ import annotations

from typing import Final

from hub.web.api.resource import Resource
from hub.web.api.resources import me

RESOURCES: Final[tuple[Resource, ...]] = (me.resource,)
