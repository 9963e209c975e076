"""What goes wrong, told as RFC 9457 says: application/problem+json with a type that is documented.

A kind of problem is declared once. Its `type` leads to its description on the API's page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

PAGE: Final = "/api"
"""Where the kinds are described."""
MEDIA_TYPE: Final = "application/problem+json"

KINDS: Final[dict[str, Kind]] = {}
"""All that are declared, by name."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of problem. name: the fragment of its type. about: when it comes, what to do."""

    name: str
    status: int
    title: str
    about: str

    def __post_init__(self) -> None:
        assert self.name not in KINDS, f"the problem {self.name} is declared already"
        KINDS[self.name] = self


MALFORMED = Kind(
    "malformed", 400, "The request can not be read", "The body is no JSON, or no UTF-8."
)
NO_TOKEN = Kind(
    "no-token",
    401,
    "A token is needed",
    "Send `Authorization: Bearer <token>`. The token is unknown, has ended, or was revoked, or its "
    "agent was let go.",
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    "The token may not do this",
    "The token's scopes, or the role of its agent, do not include what this takes; `needs` names "
    "the scope.",
)
NOT_FOUND = Kind(
    "not-found",
    404,
    "There is nothing here",
    "There is no such thing, or the token's agent may not know of it: the two look alike.",
)
NO_METHOD = Kind(
    "no-such-method", 405, "This can not be done here", "`Allow` says which methods there are."
)
CONFLICT = Kind(
    "conflict",
    409,
    "What is there stands against it",
    "The request is right in form. `detail` says what there is that it does not go together with.",
)
KEY_REUSED = Kind(
    "key-reused",
    409,
    "The Idempotency-Key belongs to another request",
    "A key stands for one request: the same method, path and body. Take a new one.",
)
TOO_LARGE = Kind("too-large", 413, "The body is too large", "Send less at once.")
UNSUPPORTED = Kind(
    "unsupported", 415, "The body is of another kind", "Bodies are `application/json`."
)
INVALID = Kind(
    "invalid",
    422,
    "The request does not fit its description",
    "`errors` says where and why: `pointer` in the body (RFC 6901), or `parameter`.",
)
REFUSED = Kind(
    "refused",
    422,
    "The request can not be taken as it is",
    "It fits its description, and is still not right: `detail` says why.",
)
TOO_MANY = Kind(
    "too-many-requests",
    429,
    "Too many requests",
    "Wait as many seconds as `Retry-After` says. `RateLimit` tells how many are left.",
)
FAILED = Kind(
    "failed",
    500,
    "Something went wrong in the hub",
    "`instance` is the reference under which the hub's log tells more.",
)
BUSY = Kind(
    "busy",
    503,
    "The hub is busy",
    "Nothing was stored. Send the same again shortly, with the same Idempotency-Key.",
)


class Problem(Exception):
    """Ends the request with a problem. more: members of its own; headers: of the response."""

    def __init__(
        self,
        kind: Kind,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


class RequestFault(BaseModel):
    """One thing that is wrong in a request."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"detail": "Field required", "pointer": "/text"}]}
    )

    detail: str
    pointer: str | None = Field(None, description="Where in the body, as a JSON Pointer")
    parameter: str | None = Field(None, description="Which parameter of path, query or header")


class ProblemBody(BaseModel):
    """What an error is answered with (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": f"{PAGE}#not-found",
                    "title": NOT_FOUND.title,
                    "status": 404,
                }
            ]
        },
    )

    type: str = Field(description="Leads to the description of this kind of problem")
    title: str
    status: int
    detail: str | None = None
    instance: str | None = Field(None, description="The reference of this failure in the log")
    needs: str | None = Field(None, description="The scope that the token lacks")
    errors: list[RequestFault] | None = None


def answer(problem: Problem) -> JSONResponse:
    """The response that tells it."""
    kind = problem.kind
    body = {"type": f"{PAGE}#{kind.name}", "title": kind.title, "status": kind.status}
    if problem.detail is not None:
        body["detail"] = problem.detail
    return JSONResponse(
        body | problem.more, kind.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def invalid(errors: Sequence[Any]) -> Problem:
    """The problem of a request that pydantic refused; `errors` as it lists them."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(MALFORMED, errors[0].get("ctx", {}).get("error"))
    return Problem(INVALID, errors=[_fault(error) for error in errors[:20]])


def _fault(error: Any) -> dict[str, str]:
    where, *path = error["loc"]
    # A character that no JSON can hold may stand in what was sent.
    told = str(error["msg"]).encode("utf-8", "replace").decode()
    if where == "body":
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
        return {"detail": told, "pointer": "".join(f"/{step}" for step in steps)}
    return {"detail": told, "parameter": ".".join(map(str, path))}
