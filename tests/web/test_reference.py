"""The pages that document the API."""

from __future__ import annotations

import re
from pathlib import Path

from tests.web.desk import desk


async def test_every_operation_and_every_kind_of_problem_is_described(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        sara = await opened.signed_in("Sara")
        overview = (await sara.get("/api")).text
        document = (await sara.client.get("/api/v1/openapi.json")).json()
        told = [one for methods in document["paths"].values() for one in methods.values()]
        assert overview.count('class="api-method') == len(told)
        for kind in ("not-found", "invalid", "key-reused"):
            assert f'id="{kind}"' in overview
        parts = sorted(set(re.findall(r'href="(/api/parts/[^"#]+)"', overview)))
        pages = [(await sara.get(path)).text for path in parts]
        for one in told:
            assert sum(f'id="{one["operationId"]}"' in page for page in pages) == 1, one
        messages = (await sara.get("/api/parts/messages")).text
        assert "It was to come on Monday." in messages, "examples are shown"
        assert (await sara.get("/api/parts/nothing")).status_code == 404
