"""The tags in use: described, renamed, retired, taken off everything."""

from hub.web.tags.pages import ROUTES

__all__ = ["ROUTES"]
