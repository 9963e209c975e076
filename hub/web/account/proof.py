"""Asking for the password once more, before something about the account is changed."""

from __future__ import annotations

import asyncio
from typing import Final

from hub.agents import directory
from hub.security.passwords import verify_password
from hub.security.tokens import hash_token
from hub.web.asked import Asked, Visit

PER_ACCOUNT: Final = (10, 900.0)
"""Attempts an account in so many seconds; then the password is not even looked at."""


async def too_often(visit: Visit, address: str) -> float | None:
    """Count an attempt on the account of this mail address; how many seconds to wait, or None.

    One limit for all places that ask for a password, so that none is a way around another.
    """
    # The address is hashed so that its length costs no memory.
    account = hash_token(address.casefold())
    return await visit.site.context.limiter.hit(f"sign-in/account/{account}", *PER_ACCOUNT)


def wait_words(visit: Visit, seconds: float) -> str:
    """What somebody reads who tried too often."""
    minutes = max(1, round(seconds / 60))
    return visit.say("Too many attempts. Try again in %s minutes.") % minutes


async def password_refused(asked: Asked, field: str = "password") -> str | None:
    """Why the password in this field is not taken as the agent's own, in words; None if it is."""
    wait = await too_often(asked, asked.viewer.mail)
    if wait is not None:
        return wait_words(asked, wait)
    account = await asked.read(directory.account_of, asked.viewer.mail)
    stored = account.password_hash if account is not None and account.active else None
    async with asked.site.hashing:
        fits = await asyncio.to_thread(verify_password, asked.field(field), stored)
    return None if fits else asked.say("This is not your password.")
