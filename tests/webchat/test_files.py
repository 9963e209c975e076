"""Uploads and downloads over real HTTP."""

import io
import zipfile
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from channels.webchat.settings import WebchatSettings
from hub.message import Blob, Media
from tests.webchat.host import Site, running
from tests.webchat.visitor import visiting

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
TOKEN = "t" * 43


async def put(
    site: Site, body: bytes, name: str, *, token: str = TOKEN, **headers: str
) -> httpx.Response:
    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(
            f"{site.base}upload",
            content=stream(),
            headers={"Authorization": f"Bearer {token}", "X-File-Name": quote(name), **headers},
        )


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url)


def document(member: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(member, "<x/>")
    return body.getvalue()


async def test_a_picture_is_uploaded_sent_and_shown_in_place(site: Site) -> None:
    async with visiting(site) as visitor:
        response = await put(site, PNG * 500, "عکس کیف.png", token=visitor.token)
        assert response.status_code == 201
        key = response.json()["key"]
        file = {"key": key, "width": 30, "height": 20}
        assert (await visitor.act({"files": [file]}))["type"] == "ack"
        (block,) = (await visitor.until("history"))["items"][0]["blocks"]
    assert (block["form"], block["width"], block["height"]) == ("image", 30, 20)
    assert block["file"]["name"] == "عکس کیف.png"

    shown = await get(site.base + block["file"]["url"])
    assert shown.content == PNG * 500
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]

    (message,) = site.host.messages
    (media,) = message.content
    assert isinstance(media, Media)
    assert media.blob
    assert media.blob.size == len(PNG * 500)


async def test_everything_but_a_picture_is_saved_not_shown(site: Site) -> None:
    response = await put(site, b"%PDF-1.7\n" + b"x" * 100, "invoice.pdf")
    shown = await get(site.base + response.json()["url"])
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"] == "attachment; filename*=UTF-8''invoice.pdf"


@pytest.mark.parametrize(
    ("body", "name", "found"),
    [
        (PNG, "a.png", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a.jpg", "image/jpeg"),
        (b"GIF89a" + b"\0" * 20, "a.gif", "image/gif"),
        (b"%PDF-1.4\n", "a.pdf", "application/pdf"),
        ("سلام,1\n".encode(), "a.csv", "text/csv"),
        (("س" * 5000).encode(), "a.txt", "text/plain"),
        (b"\0\0\0\x18ftypheic", "a.heic", "image/heic"),
        (b"OggS\0", "a.ogg", "audio/ogg"),
        (document("word/document.xml"), "a.docx", WebchatSettings().upload_types[9]),
        (document("a.txt"), "a.zip", "application/zip"),
    ],
)
async def test_a_type_is_found_in_the_bytes(site: Site, body: bytes, name: str, found: str) -> None:
    response = await put(site, body, name)
    assert response.status_code == 201, response.text
    assert response.json()["media_type"] == found


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"<html><script>alert(1)</script>", "a.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "a.svg"),
        (b"MZ\x90\0" + b"\0" * 60, "a.exe"),
        (b"#!/bin/sh\n", "a.sh"),
        (b"alert(1)", "a.js"),
        (b"\0\1\2", "a.txt"),
        (b"", "a.png"),
    ],
)
async def test_what_could_run_or_is_unknown_is_not_taken(
    site: Site, body: bytes, name: str
) -> None:
    assert (await put(site, body, name)).status_code == 415
    assert site.host.blobs == {}


async def test_an_ending_can_not_lie_about_the_content(site: Site) -> None:
    response = await put(site, b"%PDF-1.7\n<script>", "invoice.hta")
    assert response.json()["name"] == "invoice.hta.pdf"


async def test_names_lose_what_is_not_a_name(site: Site) -> None:
    response = await put(site, PNG, "../\u202egnp.\0exe\r\n.png")
    assert response.status_code == 201
    name = response.json()["name"]
    assert not {"\0", "\r", "\n", "\u202e"} & set(name)
    shown = await get(site.base + response.json()["url"])
    assert shown.status_code == 200


async def test_a_file_over_the_limit_is_refused_while_it_arrives() -> None:
    async with running(WebchatSettings(upload_limit=20_000)) as site:
        assert (await put(site, PNG * 1000, "a.png")).status_code == 413
        assert site.host.blobs == {}
        assert (await put(site, PNG * 100, "a.png")).status_code == 201


async def test_an_upload_needs_a_visitor_and_an_allowed_page() -> None:
    settings = WebchatSettings(origins=("https://shop.example",), uploads_per_minute=4)
    async with running(settings) as site:
        allowed = {"Origin": "https://shop.example"}
        assert (await put(site, PNG, "a.png", token="nobody", **allowed)).status_code == 401
        assert (await put(site, PNG, "a.png", Origin="https://other.example")).status_code == 403
        response = await put(site, PNG, "a.png", **allowed)
        assert response.status_code == 201
        assert response.headers["access-control-allow-origin"] == "https://shop.example"
        again = await put(site, PNG, "a.png", **allowed)
        assert again.status_code == 429
        assert int(again.headers["retry-after"]) > 0
        async with httpx.AsyncClient(trust_env=False) as client:
            asked = await client.options(f"{site.base}upload", headers=allowed)
            assert "x-file-name" in asked.headers["access-control-allow-headers"]
            foreign = await client.options(
                f"{site.base}upload", headers={"Origin": "https://other.example"}
            )
            assert "access-control-allow-origin" not in foreign.headers


async def test_links_are_signed_and_say_when_a_file_is_gone(site: Site) -> None:
    url = (await put(site, PNG, "a.png")).json()["url"]
    assert (await get(site.base + url)).status_code == 200
    assert (await get(site.base + url[:-1])).status_code == 404
    assert (await get(site.base + "file/nonsense")).status_code == 404
    site.host.blobs.clear()
    assert (await get(site.base + url)).status_code == 410


async def test_an_upload_key_opens_no_file(site: Site) -> None:
    key = (await put(site, PNG, "a.png")).json()["key"]
    assert (await get(f"{site.base}file/{key}")).status_code == 404


def test_a_link_stays_the_same_for_a_day_and_then_lapses() -> None:
    from datetime import UTC, datetime, timedelta

    from channels.webchat.seals import Seals

    blob = Blob(key="k", digest="d", size=1, media_type="image/png", name="عکس.png")
    seals = Seals.of(b"s" * 32)
    now = datetime(2026, 11, 21, 10, tzinfo=UTC)
    link = seals.link(blob, "a" * 64, now)
    assert seals.link(blob, "a" * 64, now + timedelta(hours=12)) == link
    assert seals.open_link(link, now + timedelta(hours=24)) == blob
    assert seals.open_link(link, now + timedelta(days=2)) is None
    assert Seals.of(b"t" * 32).open_link(link, now) is None
