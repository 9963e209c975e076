"""docs/webhooks.md says what is told, as it is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from hub.subscriptions.kinds import KINDS, TEST
from hub.webhooks.queue import ATTEMPTS, WAITS_S
from tests.webhooks.far_side import FarSide
from tests.webhooks.test_subscriptions import office, subscribed, told

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")


def test_every_event_is_told_of_with_its_details() -> None:
    rows = {
        name: (about, tuple(re.findall(r"`(\w+)`", details)))
        for name, about, details in re.findall(
            r"^\| `([\w.]+)` \| (.+?) \| ?(.*?)\|$", PAGE, re.MULTILINE
        )
    }
    assert rows.pop(TEST)
    assert rows == {name: (kind.about, kind.details) for name, kind in KINDS.items()}


def test_every_event_is_one_that_the_hub_writes() -> None:
    sources = "".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "hub").rglob("*.py")
        if "subscriptions" not in file.parts and "web" not in file.parts
    )
    assert [name for name in KINDS if f'"{name}"' not in sources] == []


def test_the_waits_are_those_that_are_made() -> None:
    assert "5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 8 h and 8.4 h" in PAGE
    hours = (5 / 3600, 1 / 60, 5 / 60, 0.5, 2, 5, 8, 8.4)
    assert [timedelta(hours=one) for one in hours] == [timedelta(seconds=one) for one in WAITS_S]
    assert ATTEMPTS == 9


async def test_the_example_has_the_fields_that_are_sent(folder: Path) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    async with FarSide() as far, office(folder) as desk:
        await subscribed(desk, far, "message.received")
        await desk.hears("Where is it?")
        [received] = await told(far, 1)
    sent = received.told
    assert list(sent) == list(shown)
    assert list(sent["data"]) == list(shown["data"])
    for part in ("conversation", "customer", "message"):
        assert list(sent["data"][part]) == list(shown["data"][part])


def test_the_receiver_that_is_shown_knows_a_genuine_message() -> None:
    from datetime import UTC, datetime

    from hub.security.webhooks import signed_headers, signing_key
    from hub.subscriptions.endpoints import fresh_secret

    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    found: dict[str, object] = {}
    exec(code, found)
    genuine = found["genuine"]
    assert callable(genuine)
    old, new, other = fresh_secret(), fresh_secret(), fresh_secret()
    keys = [signing_key(new), signing_key(old)]
    headers = signed_headers(keys, "msg_1", datetime(2026, 11, 23, tzinfo=UTC), b"{}")
    assert genuine(headers, b"{}", old)
    assert genuine(headers, b"{}", new)
    assert not genuine(headers, b"{}", other)
    assert not genuine(headers, b"{ }", new)
