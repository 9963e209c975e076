"""Files that agents attach and customers send, and mail as it was written."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.message import Html, Media, Text
from tests.desk import GREETING
from tests.web.desk import Browser, Desk, desk

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000154a24f5d0000000049454e44ae426082"
)
PROGRAM = b"MZ\x90\x00" + b"\0" * 200


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


async def send(sara: Browser, conversation: UUID, *files: tuple[str, bytes], body: str = "") -> str:
    """Attach files to an answer; the page that comes back, with its status in front."""
    way = await way_of(sara, conversation)
    answer = await sara.post(
        f"/conversations/{conversation}/reply",
        {"body": body, "form_key": str(uuid4()), "identity": way},
        files=[("attachments", (name, data, "image/png")) for name, data in files],
    )
    return f"{answer.status_code} {answer.text}"


async def way_of(sara: Browser, conversation: UUID) -> str:
    page = (await sara.get(f"/conversations/{conversation}")).text
    found = re.search(r'<option value="([^"]+)" selected', page)
    assert found
    return found[1]


@pytest.mark.both
async def test_a_picture_goes_out_and_is_shown(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Which colour?")
    conversation = await opened.conversation()
    answer = await send(sara, conversation, ("blue.png", PNG), body="This one")
    assert answer.startswith("200")
    got = (await opened.arrived(2))[-1]
    [media] = [block for block in got.content if isinstance(block, Media)]
    assert media.blob is not None
    assert (media.blob.name, media.blob.media_type, media.form) == (
        "blue.png",
        "image/png",
        "image",
    )
    path = re.search(r'href="(/files/[^"]+)"', answer)
    assert path
    shown = await sara.get(path[1])
    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]
    stranger = opened.browser()
    assert (await stranger.get(path[1])).status_code == 303


async def test_what_a_file_is_decides_and_not_its_name(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    for name, data in (
        ("holiday.png", PROGRAM),
        ("page.txt", b"<html><script>alert(1)</script>"),
        ("vector.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("nothing.bin", b"\0\1\2\3" * 50),
        ("program.exe", PROGRAM),
    ):
        answer = await send(sara, conversation, (name, data), body="See this")
        assert answer.startswith("422"), name
        assert "may not be sent" in answer, name
        assert "See this" in answer, "what was typed is kept"
    [messages] = await opened.row("SELECT count(*) FROM message WHERE agent_id IS NOT NULL")
    assert messages == 0


async def test_the_usual_papers_go_out(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "text")
    answer = await send(
        sara,
        conversation,
        ("invoice.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF"),
        ("list.csv", "نام,قیمت\nکیف,۱۲".encode()),
        ("note.txt", "سلام".encode()),
        ("all.zip", packed.getvalue()),
    )
    assert answer.startswith("200"), answer[:300]
    got = (await opened.arrived(2))[-1]
    types = [
        block.blob.media_type for block in got.content if isinstance(block, Media) and block.blob
    ]
    assert types == ["application/pdf", "text/csv", "text/plain", "application/zip"]
    paths = re.findall(r'href="(/files/[^"]+)"', answer)
    pdf = await sara.get(paths[0].partition("?")[0])
    assert pdf.headers["content-disposition"].startswith("attachment")
    assert pdf.headers["content-type"] == "application/octet-stream"


async def test_too_many_and_too_large_files_are_refused(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    most = opened.hub.settings.attachments.max_per_message
    many = [(f"{number}.png", PNG) for number in range(most + 1)]
    assert "too many files" in await send(sara, conversation, *many)
    large = PNG + b"\0" * opened.hub.settings.attachments.max_size
    answer = await send(sara, conversation, ("large.png", large))
    assert answer.startswith("422")
    assert "large.png is larger than 25 MB" in answer


MAIL = """<p onclick="alert(1)">Dear shop</p><script>alert(1)</script>
<img src="https://tracker.example/pixel.png"><img src="cid:photo"><a href="javascript:x">no</a>
<form action="https://evil.example"><input name=a></form><style>*{display:none}</style>"""


async def test_mail_is_shown_clean_and_asks_nobody_for_pictures(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    person = opened.letters.person("mina@example.com", "Mina")
    host = opened.hub.accounts["letters"].host
    photo = await host.put_blob(PNG, name="photo.png", media_type="image/png")
    message = await person.sends(
        (
            Text(text="Dear shop"),
            Html(html=MAIL),
            Media(form="image", blob=photo, inline_id="photo"),
        ),
        at=opened.clock.now(),
        subject="My order",
    )
    conversation = await opened.conversation()
    path = f"/conversations/{conversation}/messages/{message}/original"
    shown = await sara.get(path)
    assert shown.status_code == 200
    assert "Dear shop" in shown.text
    for harm in ("<script", "onclick", "javascript:", "<form", "<input"):
        assert harm not in shown.text, harm
    assert not re.search(r'<img[^>]*\ssrc="https:', shown.text)
    assert f'src="/files/{message}/0"' in shown.text
    policy = shown.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "https:" not in policy
    assert shown.headers["referrer-policy"] == "no-referrer"
    loaded = await sara.get(f"{path}?pictures=1")
    assert 'src="https://tracker.example/pixel.png"' in loaded.text
    other = await sara.get(f"/conversations/{uuid4()}/messages/{message}/original")
    assert other.status_code == 404


async def test_a_file_that_is_gone_says_so(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    answer = await send(sara, await opened.conversation(), ("blue.png", PNG))
    path = re.search(r'href="(/files/[^"]+)"', answer)
    assert path
    [key] = await opened.row("SELECT key FROM blob")
    await opened.context.blobs.delete(key)
    assert (await sara.get(path[1])).status_code == 404
