"""Which attributes customers have, and what agents are asked for."""

from hub.web.attributes.pages import ROUTES

__all__ = ["ROUTES"]
