"""How often a password may be tried: by rate, so that nobody can lock a colleague out.

An attempt counts for the account and the network it comes from, and, more loosely, for the account
from anywhere and for the network on any account. A browser in which the account was signed in
before is known by a signed cookie and counts for itself alone ("device cookies", OWASP): whoever
tries out an account's passwords from a thousand addresses uses up what strangers have, and the
agent still gets in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from hub.security.tokens import LinkToken, hash_token, link_token, read_link_token
from hub.web.asked import Visit

PER_ACCOUNT: Final = (10, 900.0)
"""Attempts on an account in so many seconds, from one network, or from one known browser."""
PER_ACCOUNT_ANYWHERE: Final = (100, 900.0)
PER_NETWORK: Final = (30, 900.0)
KNOWN_FOR: Final = timedelta(days=180)
_PURPOSE: Final = "known browser/1"


async def wait_of(visit: Visit, address: str) -> float | None:
    """Count an attempt on the account of this mail address; how many seconds to wait, or None."""
    limiter, account = visit.site.context.limiter, _account(address)
    network = visit.network
    if (browser := _known(visit, account)) is not None:
        return await limiter.hit(f"sign-in/browser/{browser}", *PER_ACCOUNT)
    waits = [
        await limiter.hit(f"sign-in/network/{network}", *PER_NETWORK),
        await limiter.hit(f"sign-in/account/{account}/{network}", *PER_ACCOUNT),
    ]
    if waits == [None, None]:
        # What was refused already does not count against strangers from elsewhere.
        waits.append(await limiter.hit(f"sign-in/account/{account}", *PER_ACCOUNT_ANYWHERE))
    return max((wait for wait in waits if wait is not None), default=None)


def remember(visit: Visit, response: Response, address: str) -> None:
    """Know this browser from now on as one in which this account was signed in."""
    context = visit.site.context
    token = link_token(context.keys, _PURPOSE, _account(address), now=context.clock.now())
    visit.site.cookies.set_known(response, token, KNOWN_FOR)


def _known(visit: Visit, account: str) -> str | None:
    """What names this browser, if the account was signed in here."""
    context = visit.site.context
    token = visit.request.cookies.get(visit.site.cookies.known, "")
    found = read_link_token(
        context.keys, _PURPOSE, token[:500], max_age=KNOWN_FOR, now=context.clock.now()
    )
    fits = isinstance(found, LinkToken) and found.payload == account
    return hash_token(token) if fits else None


def _account(address: str) -> str:
    """An account's mail address as it is counted; hashed, so that its length costs no memory."""
    return hash_token(address.strip().casefold())
