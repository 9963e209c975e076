"""Asking for the password once more, before something about the account is changed."""

from __future__ import annotations

import asyncio

from hub.agents import directory
from hub.security.passwords import verify_password
from hub.web.account.attempts import PER_ACCOUNT
from hub.web.asked import Asked, Visit


def wait_words(visit: Visit, seconds: float) -> str:
    """What somebody reads who tried too often."""
    minutes = max(1, round(seconds / 60))
    return visit.say("Too many attempts. Try again in %s minutes.") % minutes


async def password_refused(asked: Asked, field: str = "password") -> str | None:
    """Why the password in this field is not taken as the agent's own, in words; None if it is."""
    # Only who is signed in gets here, so nobody else uses the attempts up.
    limiter = asked.site.context.limiter
    wait = await limiter.hit(f"password/{asked.viewer.agent_id}", *PER_ACCOUNT)
    if wait is not None:
        return wait_words(asked, wait)
    account = await asked.read(directory.account_of, asked.viewer.mail)
    stored = account.password_hash if account is not None and account.active else None
    async with asked.site.hashing:
        fits = await asyncio.to_thread(verify_password, asked.field(field), stored)
    return None if fits else asked.say("This is not your password.")
