"""The Bot API server of the tests behaves as documented, so tests against it mean something."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.telegram.botapi.methods import NOT_MODIFIED, QUERY_TOO_OLD
from tests.telegram_server import SAMPLE_TOKEN, RemotePeople, TelegramServer


async def call(far: TelegramServer, method: str, **params: Any) -> Any:
    """The answer to a call, refused or not."""
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        response = await client.post(f"{far.url}/bot{far.token}/{method}", json=params)
    answer = response.json()
    assert answer["ok"] == response.is_success
    return answer["result"] if answer["ok"] else (answer["error_code"], answer["description"])


async def test_an_offset_confirms_what_is_below_it(far: TelegramServer) -> None:
    for text in ("a", "b", "c"):
        await far.people.write(7, text)
    first = await call(far, "getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["a", "b"]
    assert await call(far, "getUpdates", limit=2) == first
    rest = await call(far, "getUpdates", offset=first[-1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["c"]
    assert await call(far, "getUpdates", offset=rest[-1]["update_id"] + 1) == []
    assert far.people.pending() == 0


async def test_a_negative_offset_forgets_all_but_the_last(far: TelegramServer) -> None:
    for text in ("a", "b", "c"):
        await far.people.write(7, text)
    (last,) = await call(far, "getUpdates", offset=-1)
    assert last["message"]["text"] == "c"
    assert far.people.pending() == 1


async def test_a_long_poll_returns_when_something_comes(far: TelegramServer) -> None:
    waiting = asyncio.create_task(call(far, "getUpdates", timeout=20))
    while "getUpdates" not in far.bot.calls:
        await asyncio.sleep(0.01)
    await far.people.write(7, "now")
    (update,) = await waiting
    assert update["message"]["text"] == "now"


async def test_only_asked_types_come_and_some_only_when_asked(far: TelegramServer) -> None:
    number = await far.people.write(7, "x")
    await far.people.react(7, number, "👍")
    assert far.people.pending() == 1
    await call(far, "getUpdates", allowed_updates=["message_reaction"])
    await far.people.react(7, number, "👍")
    await far.people.write(7, "not asked for")
    kinds = [sorted(update) for update in await call(far, "getUpdates")]
    assert kinds == [["message", "update_id"], ["message_reaction", "update_id"]]


async def test_a_second_poller_ends_the_first(far: TelegramServer) -> None:
    first = asyncio.create_task(call(far, "getUpdates", timeout=20))
    while "getUpdates" not in far.bot.calls:
        await asyncio.sleep(0.01)
    assert await call(far, "getUpdates") == []
    code, description = await first
    assert code == 409
    assert description.startswith("Conflict: terminated by other getUpdates request")


async def test_polling_and_a_webhook_exclude_each_other(far: TelegramServer) -> None:
    await call(far, "setWebhook", url="http://127.0.0.1:9/", secret_token="s3cret")
    code, description = await call(far, "getUpdates")
    assert (code, description[:25]) == (409, "Conflict: can't use getUp")
    await far.people.write(7, "x")
    info = await call(far, "getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("http://127.0.0.1:9/", 1)
    await call(far, "deleteWebhook", drop_pending_updates=True)
    assert await call(far, "getUpdates") == []


async def test_updates_are_kept_for_a_day(far: TelegramServer) -> None:
    await far.people.write(7, "x")
    await far.people.advance(24 * 3600 + 1)
    assert await call(far, "getUpdates") == []


BEYOND = "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text"
BUTTON = {"text": "a", "callback_data": "ک" * 33}
REFUSALS: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("sendMessage", {"text": ""}, (400, "Bad Request: message text is empty")),
    ("sendMessage", {}, (400, "Bad Request: message text is empty")),
    ("sendMessage", {"text": "😀" * 2049}, (400, "Bad Request: message is too long")),
    ("sendMessage", {"text": "x", "chat_id": 99}, (400, "Bad Request: chat not found")),
    ("sendMessage", {"text": "x", "chat_id": 8},
     (403, "Forbidden: bot can't initiate conversation with a user")),
    ("sendMessage", {"text": "x", "chat_id": 9},
     (403, "Forbidden: bot was blocked by the user")),
    ("sendMessage", {"text": "x", "reply_parameters": {"message_id": 77}},
     (400, "Bad Request: message to be replied not found")),
    ("sendMessage", {"text": "ab", "entities": [{"type": "bold", "offset": 1, "length": 2}]},
     (400, f"{BEYOND} at UTF-16 offset 3")),
    ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [[BUTTON]]}},
     (400, "Bad Request: BUTTON_DATA_INVALID")),
    ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
     (400, "Bad Request: text buttons are unallowed in the inline keyboard")),
    ("sendDocument", {}, (400, "Bad Request: there is no document in the request")),
    ("sendDocument", {"caption": "x" * 1025},
     (400, "Bad Request: message caption is too long")),
    ("editMessageText", {"message_id": 99, "text": "x"},
     (400, "Bad Request: message to edit not found")),
    ("editMessageText", {"message_id": 1, "text": "x"},
     (400, "Bad Request: message can't be edited")),
    ("editMessageText", {"message_id": 2, "text": "ours"}, (400, f"Bad Request: {NOT_MODIFIED}")),
    ("deleteMessage", {"message_id": 99}, (400, "Bad Request: message to delete not found")),
    ("answerCallbackQuery", {"callback_query_id": "0"}, (400, f"Bad Request: {QUERY_TOO_OLD}")),
    ("sendChatAction", {"action": "dancing"},
     (400, "Bad Request: wrong parameter action in request")),
    ("getFile", {"file_id": "none"},
     (400, "Bad Request: wrong file_id or the file is temporarily unavailable")),
    ("setWebhook", {"url": "https://x.example/", "secret_token": "a b"},
     (400, "Bad Request: secret token contains unallowed characters")),
    ("sendTelepathy", {}, (404, "Not Found")),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "refusal"), REFUSALS)
async def test_calls_are_refused_in_the_documented_words(
    far: TelegramServer, method: str, params: dict[str, Any], refusal: tuple[int, str]
) -> None:
    await far.people.write(7, "hi")
    await call(far, "sendMessage", chat_id=7, text="ours")
    far.people.chat(8)
    await far.people.write(9, "hi")
    await far.people.block(9)
    assert await call(far, method, **({"chat_id": 7} | params)) == refusal


async def test_a_wrong_token_is_refused(far: TelegramServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        unknown = await client.post(f"{far.url}/bot42:unknown/getMe")
        malformed = await client.post(f"{far.url}/botnonsense/getMe")
    assert (unknown.status_code, unknown.json()["description"]) == (401, "Unauthorized")
    assert malformed.status_code == 404


async def test_flood_control_names_the_seconds_and_strikes_the_named_chat(
    far: TelegramServer,
) -> None:
    for chat in (7, 8):
        await far.people.write(chat, "hi")
    far.people.inject("error", method="sendMessage", chat=7, retry_after=9)
    assert await call(far, "sendMessage", chat_id=8, text="x")
    refused = await call(far, "sendMessage", chat_id=7, text="x")
    assert refused == (429, "Too Many Requests: retry after 9")
    assert await call(far, "sendMessage", chat_id=7, text="x")


async def test_a_file_goes_up_and_comes_down(far: TelegramServer) -> None:
    await far.people.write(7, "hi")
    async with httpx.AsyncClient(trust_env=False) as client:
        sent = await client.post(
            f"{far.url}/bot{far.token}/sendDocument",
            data={"chat_id": "7", "caption": "c"},
            files={"document": ("a.txt", b"bytes")},
        )
        file_id = sent.json()["result"]["document"]["file_id"]
        file = await call(far, "getFile", file_id=file_id)
        body = await client.get(f"{far.url}/file/bot{far.token}/{file['file_path']}")
    assert body.content == b"bytes"


async def test_a_reaction_of_the_bot_is_kept(far: TelegramServer) -> None:
    number = await far.people.write(7, "hi")
    reaction = [{"type": "emoji", "emoji": "👍"}]
    assert await call(far, "setMessageReaction", chat_id=7, message_id=number, reaction=reaction)
    assert far.bot.reactions[0]["reaction"] == reaction


async def test_the_process_form_remembers_over_its_own_restart(tmp_path: Path) -> None:
    state = tmp_path / "far.json"
    root = Path(__file__).parent.parent.parent

    async def run() -> tuple[asyncio.subprocess.Process, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.telegram_server",
            "--state",
            str(state),
            cwd=root,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return process, (await process.stdout.readline()).decode().strip()

    process, url = await run()
    people = RemotePeople(url)
    number = people.do("write", chat=7, text="over HTTP")
    assert number == 1
    people.close()
    process.terminate()
    await process.wait()
    assert json.loads(state.read_text())["bots"][0]["token"] == SAMPLE_TOKEN

    process, url = await run()
    people = RemotePeople(url)
    assert people.do("pending") == 1
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{url}/bot{SAMPLE_TOKEN}/sendMessage", json={"chat_id": 7, "text": "back"}
        )
    assert answer.json()["result"]["message_id"] == 2
    assert people.do("texts", chat=7) == ["back"]
    people.close()
    process.terminate()
    await process.wait()
