"""The API as one FastAPI application, and the document that describes it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from hub.web.api import PATH, problem
from hub.web.api.gate import BY_STATUS, Gate, failed
from hub.web.api.model import Given, Shown
from hub.web.api.problem import Problem, ProblemBody
from hub.web.api.resource import GatedRoute
from hub.web.api.resources import RESOURCES
from hub.web.context import WebContext

VERSION = "1"
ABOUT = """\
What the pages can do, for other programs.

**Who asks.** Every request carries a token: `Authorization: Bearer payam_…`. A token acts on
behalf of one agent, sees what that agent sees, and may do what its scopes name and the agent may.

**Lists** come in pages. `next` of a page is the `after` of the request for the following one.

**Writes** can be sent again. With an `Idempotency-Key`, the same request is done once, however
often it arrives; a replayed answer carries `Idempotent-Replayed: true`.

**Errors** are problems (RFC 9457): `application/problem+json`, with a `type` that is described
below. **Limits** are told by `RateLimit` and, when they are reached, `Retry-After`.

**Moments** are RFC 3339 with an offset, **ids** are UUIDs, **texts of the customer** are as they
were written. Every record of a customer that is read is noted in the audit log.
"""


def build(context: WebContext) -> FastAPI:
    """The application. Everything that it needs is imported and built by now."""
    app = FastAPI(title="Payam", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(_routes(Gate(context)))
    document()

    async def openapi(_: Request) -> Response:
        return JSONResponse(document())

    app.router.add_route("/openapi.json", openapi, methods=["GET"])
    app.add_exception_handler(HTTPException, _not_routed)
    app.add_exception_handler(Exception, _broken)
    return app


def _routes(gate: Gate | None) -> list[GatedRoute]:
    return [GatedRoute(gate, one) for resource in RESOURCES for one in resource.operations]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document (3.1) of all operations."""
    made = get_openapi(
        title="Payam",
        version=VERSION,
        description=ABOUT,
        routes=_routes(None),
        tags=[{"name": one.tag, "description": one.about} for one in RESOURCES],
        servers=[{"url": PATH}],
    )
    components = made.setdefault("components", {})
    schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    ours = {**schema.pop("$defs"), "Problem": schema}
    assert not ours.keys() & schemas.keys(), "a resource has a model of the same name"
    schemas.update(ours)
    _told(made)
    _with_examples(schemas)
    components["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token, from the page “API tokens”. Behind it stand its scopes.",
        }
    }
    components["parameters"] = {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A name for this request, of your choosing (a UUID). Sent again with "
            "it, the request is not done again. Kept for a day at least.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            "example": "0b7f9c1e-6a0d-4c39-8a5c-2f1f4a3e9d10",
        }
    }
    return made


def _with_examples(schemas: dict[str, Any]) -> None:
    """FastAPI leaves out what is null, also where an example says that something is null."""
    for model in (*_models(Given), *_models(Shown)):
        extra = model.model_config.get("json_schema_extra")
        for name in (model.__name__, f"{model.__name__}-Input", f"{model.__name__}-Output"):
            if name in schemas and isinstance(extra, dict):
                schemas[name] |= extra


_SPELLED: Final = {"ge": "minimum", "le": "maximum"}


def _told(schema: Any) -> None:
    """Say what pydantic asks for and does not tell as JSON Schema does: that names which have a
    pattern are all that there are, and bounds of numbers that are looked at before."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for ours, theirs in _SPELLED.items():
            if isinstance(schema.get(ours), int | float):
                schema[theirs] = schema.pop(ours)
        for inner in schema.values():
            _told(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _told(inner)


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = BY_STATUS.get(error.status_code, problem.NOT_FOUND)
    headers = dict(error.headers or {})
    if kind is problem.NO_METHOD:
        # Starlette tells the methods of the first route that has this path.
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        fit = [one for one in request.app.routes if one.path_regex.match(path)]
        # A path that is written out is no other one's parameter.
        same = [one for one in fit if one.path in (path, fit[0].path)]
        literal = [one for one in same if one.path == path] or same
        headers["Allow"] = ", ".join(sorted({name for one in literal for name in one.methods}))
    return problem.answer(Problem(kind, headers=headers))


async def _broken(request: Request, error: Exception) -> Response:
    return problem.answer(failed(request, error))
