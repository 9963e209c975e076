"""Where the hostile come in: every channel with its real far side, and every page."""

from __future__ import annotations

from tests.journeys.conftest import direct, far, mail_servers

__all__ = ["direct", "far", "mail_servers"]
