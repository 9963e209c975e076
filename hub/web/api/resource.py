"""How a resource declares its operations; nobody reaches one but through its right.

    resource = Resource("Topics", "What conversations are about.")

    @resource.patch("/topics/{topic_id}", needs=Right.EDIT_TOPICS, refuses={Retired: CONFLICT})
    async def change(call: Call, topic_id: UUID, given: TopicChange) -> Topic:
        \"""Change a topic.

        What is left out stays as it is.
        \"""

The first line of the docstring is the operation's summary, the rest its description.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from hub.agents.rights import Missing, NotAllowed, Right
from hub.agents.tokens import scope_of
from hub.web.api import problem
from hub.web.api.call import ApiCall
from hub.web.api.gate import Gate
from hub.web.api.model import Record
from hub.web.api.paging import Page
from hub.web.api.problem import Kind

Handler = TypeVar("Handler", bound=Callable[..., Coroutine[Any, Any, Any]])
Refuses = Mapping[type[Exception], Kind]

BODY: Final = 1_000_000
"""Bytes that a request may have where its operation says nothing else."""
ALWAYS: Final[Refuses] = {Missing: problem.NOT_FOUND, NotAllowed: problem.FORBIDDEN}
_ANY: Final = (problem.NO_TOKEN, problem.FORBIDDEN, problem.INVALID, problem.TOO_MANY, problem.BUSY)
_UNSAFE: Final = (problem.MALFORMED, problem.KEY_REUSED, problem.TOO_LARGE)


@dataclass(frozen=True)
class Operation:
    """One method of one path. needs: the right that it takes. refuses: what exceptions of its
    noun mean. body: how many bytes a request may have."""

    method: str
    path: str
    handler: Callable[..., Coroutine[Any, Any, Any]]
    needs: Right
    status: int
    refuses: Refuses
    tag: str
    body: int
    produces: str | None
    takes: str | None

    @property
    def keyed(self) -> bool:
        """Whether it is done once for an Idempotency-Key."""
        return self.method != "GET" and self.takes is None


@dataclass
class Resource:
    """The operations on one kind of thing. refuses: counts for each of them."""

    tag: str
    about: str
    refuses: Refuses = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)

    def get(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Read. See `operation`."""
        return self.operation("GET", path, **more)

    def post(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Make something (status=201), or do something. See `operation`."""
        return self.operation("POST", path, **more)

    def put(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Bring something into a state, whatever it was in. See `operation`."""
        return self.operation("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Change what is given. See `operation`."""
        return self.operation("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Take away; 204 where nothing is shown. See `operation`."""
        return self.operation("DELETE", path, **more)

    def operation(
        self,
        method: str,
        path: str,
        *,
        needs: Right,
        status: int = 200,
        refuses: Refuses | None = None,
        body: int = BODY,
        produces: str | None = None,
        takes: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare that a handler serves a method of a path.

        produces: the media type of an answer that is no JSON; the handler returns a Response then.
        takes: the media type of a body that is no JSON; the handler reads it from the request, and
        doing it twice must come to the same by itself.
        """

        def declare(handler: Handler) -> Handler:
            self.operations.append(
                Operation(
                    method,
                    path,
                    handler,
                    needs,
                    status,
                    {**ALWAYS, **self.refuses, **(refuses or {})},
                    self.tag,
                    body,
                    produces,
                    takes,
                )
            )
            return handler

        return declare


class GatedRoute(APIRoute):
    """A route behind the gate: who it is and what they may is asked before the body is read.

    gate: None for a route that is only described.
    """

    def __init__(self, gate: Gate | None, operation: Operation) -> None:
        self.gate = gate
        self.operation = operation
        handler = operation.handler
        summary, _, rest = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
        assert summary, f"{operation.method} {operation.path} has no docstring"
        extra: dict[str, Any] = {"security": [{"token": [scope_of(operation.needs)]}]}
        if operation.keyed:
            extra["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
        if operation.takes is not None:
            content = {operation.takes: {"schema": {"type": "string", "format": "binary"}}}
            extra["requestBody"] = {"required": True, "content": content}
        super().__init__(
            operation.path,
            _remembering(handler, rest),
            methods=[operation.method],
            status_code=operation.status,
            tags=[operation.tag],
            summary=" ".join(summary.split()).rstrip("."),
            description=rest,
            response_description="Done",
            responses=_responses(operation),
            operation_id=f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}",
            max_body_size=operation.body,
            openapi_extra=extra,
            response_class=_of(operation.produces) if operation.produces else JSONResponse,
        )

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def gated(request: Request) -> Response:
            assert self.gate is not None, "this route is only described"
            return await self.gate.let_in(
                request,
                handle,
                needs=self.operation.needs,
                refuses=self.operation.refuses,
                keyed=self.operation.keyed,
            )

        return gated


def _remembering(
    handler: Callable[..., Coroutine[Any, Any, Any]], about: str
) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The handler, whose call notes which records are shown. about: its text in the document."""

    @functools.wraps(handler)
    async def remembering(call: ApiCall, *args: Any, **kwargs: Any) -> Any:
        shown = await handler(call, *args, **kwargs)
        for one in shown.items if isinstance(shown, Page) else [shown]:
            if isinstance(one, Record):
                call.saw(one.record, [one.id])
        return shown

    # FastAPI would describe an operation without a text by all of its docstring.
    remembering.__doc__ = about
    return remembering


def _responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    kinds = {*_ANY, *operation.refuses.values(), *(_UNSAFE if operation.method != "GET" else ())}
    found: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds, key=lambda kind: (kind.status, kind.name)):
        known = found.setdefault(kind.status, {"description": "", "content": _CONTENT})
        known["description"] += f"{' ' if known['description'] else ''}`{kind.name}`: {kind.title}."
    return found


_CONTENT: Final = {problem.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _of(media_type: str) -> type[Response]:
    return type("Produced", (Response,), {"media_type": media_type})
