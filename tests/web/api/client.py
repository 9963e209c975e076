"""Programs that use the API of a desk with a token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from hub.agents import tokens
from hub.agents.audit import By
from hub.agents.rights import RIGHTS, Right, Role, Viewer
from hub.web.api import PATH
from tests.web.desk import Desk


@dataclass
class Program:
    """What asks with a token."""

    client: httpx.AsyncClient
    secret: str

    async def send(
        self, method: str, path: str, given: Any = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        if method != "GET":
            headers["Idempotency-Key"] = key or str(uuid4())
        if given is not None:
            more["json"] = given
        return await self.client.request(method, PATH + path, headers=headers, **more)

    async def get(self, path: str, **params: Any) -> Any:
        """The answer to a GET that goes well."""
        response = await self.send("GET", path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def does(self, method: str, path: str, given: Any = None, **more: Any) -> Any:
        """The answer to a write that goes well; None where there is none."""
        response = await self.send(method, path, given, **more)
        assert response.status_code in (200, 201, 202, 204), response.text
        return response.json() if response.content else None

    async def refused(
        self, method: str, path: str, given: Any = None, **more: Any
    ) -> tuple[int, str]:
        """The status and the kind of the problem that a request ends in."""
        response = await self.send(method, path, given, **more)
        assert response.headers["content-type"] == "application/problem+json", response.text
        body = response.json()
        assert body["status"] == response.status_code
        return response.status_code, body["type"].partition("#")[2]


async def program(
    opened: Desk, name: str = "Sara", role: Role = "owner", scopes: Collection[Right] | None = None
) -> Program:
    """A program that acts for an agent, with all of the agent's scopes or with these."""
    if name not in opened.agents:
        await opened.agent(name, role)
    owner = Viewer(opened.agents[name], name, f"{name.lower()}@example.com", "owner")
    wanted = RIGHTS[role] if scopes is None else scopes
    _, secret = await opened.hub.database.write(
        tokens.make,
        By(owner, opened.clock.now()),
        agent_id=opened.agents[name],
        name="Sample program",
        scopes=[tokens.scope_of(right) for right in wanted],
        days=None,
    )
    return Program(opened.browser().client, secret)
