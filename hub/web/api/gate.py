"""The gate in front of every operation: who is it, how often, may they.

It also turns what goes wrong into problems, and writes down which records were shown.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from sqlmodel import Session
from starlette.exceptions import HTTPException

from hub.agents import audit, tokens
from hub.agents.rights import Right
from hub.agents.tokens import Bearer
from hub.security.limits import network_of
from hub.security.tokens import opaque_token
from hub.store.database import Busy
from hub.web.api import problem
from hub.web.api.call import KEY, ApiCall
from hub.web.api.problem import Kind, Problem
from hub.web.context import WebContext

log = logging.getLogger(__name__)

REQUESTS: Final = 600
"""How many requests a token may make in PERIOD_S."""
STRANGERS: Final = 60
"""How many requests without a good token may come from one address in PERIOD_S."""
PERIOD_S: Final = 60.0
LONGEST_KEY: Final = 200

Handle = Callable[[Request], Awaitable[Response]]
BY_STATUS: Final[Mapping[int, Kind]] = {
    400: problem.MALFORMED,
    404: problem.NOT_FOUND,
    405: problem.NO_METHOD,
    413: problem.TOO_LARGE,
    415: problem.UNSUPPORTED,
}


class Gate:
    """One for each application."""

    def __init__(self, context: WebContext) -> None:
        self.context = context

    async def let_in(
        self,
        request: Request,
        handle: Handle,
        *,
        needs: Right,
        refuses: Mapping[type[Exception], Kind],
        keyed: bool,
    ) -> Response:
        """Answer a request by `handle`, or by a problem."""
        headers: dict[str, str] = {}
        try:
            bearer = await self._known(request)
            headers |= await self._counted(bearer)
            if not bearer.viewer.may(needs):
                scope = tokens.scope_of(needs)
                raise Problem(problem.FORBIDDEN, f"it takes the scope {scope}", needs=scope)
            call = await self._call(request, bearer, keyed=keyed)
            request.state.call = call
            response = await handle(request)
            if call.seen:
                await self.context.database.write_each(_note_seen, call)
            if call.replayed:
                headers["Idempotent-Replayed"] = "true"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered as a problem
            response = problem.answer(_told(error, refuses, request))
        response.headers.update(headers)
        return response

    async def _known(self, request: Request) -> Bearer:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        now = self.context.clock.now()
        found = None
        if kind.lower() == "bearer" and secret.strip():
            found = await self.context.database.read(tokens.authenticate, secret.strip(), now)
        address = request.client.host if request.client else None
        if found is None:
            key = f"api stranger {network_of(address)}"
            wait = await self.context.limiter.hit(key, STRANGERS, PERIOD_S)
            if wait is not None:
                raise _too_many(wait)
            raise Problem(problem.NO_TOKEN, headers={"WWW-Authenticate": 'Bearer realm="Payam"'})
        if found.stale:
            await self.context.database.write(tokens.touch, found.token_id, now, address)
        return found

    async def _counted(self, bearer: Bearer) -> dict[str, str]:
        """The headers that tell what is left (draft-ietf-httpapi-ratelimit-headers)."""
        verdict = await self.context.limiter.weigh(
            f"api token {bearer.token_id}", REQUESTS, PERIOD_S
        )
        if verdict.retry_after is not None:
            raise _too_many(verdict.retry_after)
        full_in = math.ceil((REQUESTS - verdict.left) * PERIOD_S / REQUESTS)
        return {
            "RateLimit-Policy": f'"token";q={REQUESTS};w={PERIOD_S:.0f}',
            "RateLimit": f'"token";r={verdict.left};t={full_in}',
        }

    async def _call(self, request: Request, bearer: Bearer, *, keyed: bool) -> ApiCall:
        key = request.headers.get(KEY) if keyed else None
        if key is not None and not (0 < len(key) <= LONGEST_KEY):
            fault = {"detail": f"a key has 1 to {LONGEST_KEY} characters", "parameter": KEY}
            raise Problem(problem.INVALID, errors=[fault])
        fingerprint = ""
        if key is not None:
            asked = f"{request.method} {request.url.path}?{request.url.query}\n"
            digest = hashlib.sha256(asked.encode())
            digest.update(await request.body())
            fingerprint = digest.hexdigest()
        return ApiCall(
            context=self.context,
            viewer=bearer.viewer,
            token_id=bearer.token_id,
            now=self.context.clock.now(),
            address=request.client.host if request.client else None,
            key=key,
            fingerprint=fingerprint,
        )


def _too_many(wait: float) -> Problem:
    seconds = int(wait) + 1
    return Problem(problem.TOO_MANY, headers={"Retry-After": str(seconds)})


def _told(error: Exception, refuses: Mapping[type[Exception], Kind], request: Request) -> Problem:
    """What went wrong, as a problem."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return problem.invalid(error.errors())
        case Busy():
            return Problem(problem.BUSY, headers={"Retry-After": "1"})
        case HTTPException() if error.status_code in BY_STATUS:
            return Problem(BY_STATUS[error.status_code], headers=error.headers)
    meant = next((refuses[kind] for kind in type(error).__mro__ if kind in refuses), None)
    if meant is None:
        return failed(request, error)
    return Problem(meant, None if meant is problem.NOT_FOUND else str(error) or None)


def failed(request: Request, error: Exception) -> Problem:
    """The problem of a fault of ours, which is logged with its trace."""
    reference = opaque_token()[:10]
    log.error(
        "%s %s failed, reference %s",
        request.method,
        request.url.path,
        reference,
        exc_info=error,
    )
    return Problem(problem.FAILED, instance=reference)


def _note_seen(session: Session, calls: Sequence[ApiCall]) -> Sequence[None]:
    for call in calls:
        for record, ids in sorted(call.seen.items()):
            many = len(ids) > 1
            audit.note(
                session,
                "read by the API",
                agent_id=call.viewer.agent_id,
                now=call.now,
                address=call.address,
                subject=f"{record}s" if many else f"{record}:{next(iter(ids))}",
                after={
                    "token": str(call.token_id),
                    **({"ids": sorted(map(str, ids))} if many else {}),
                },
            )
    return [None] * len(calls)
