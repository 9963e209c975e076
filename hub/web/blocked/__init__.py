"""Senders whose messages are spam, by address or by domain."""

from hub.web.blocked.pages import ROUTES

__all__ = ["ROUTES"]
