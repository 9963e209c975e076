"""What conversations can be about: the tree that admins keep."""

from hub.web.topics.pages import ROUTES

__all__ = ["ROUTES"]
