"""Files that are not what they say: bombs, programs in disguise, names that lead elsewhere."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hub.message import Media
from hub.pictures import Pictures
from hub.security.filetypes import danger_of, media_type_of
from hub.security.headers import file_headers
from tests.desk import GREETING
from tests.harness import rows
from tests.web.desk import Desk, desk

PROGRAM = b"MZ\x90\x00" + b"\0" * 400
PAGE = b"\xef\xbb\xbf \n<!DOCTYPE html><script>alert(1)</script>"
SIDE = 60_000


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb() -> bytes:
    """A picture of a few kilobytes that wants 14 GB."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(SIDE)) for _ in range(200)) + packer.flush()
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def photograph(width: int = 1200, height: int = 900) -> bytes:
    """A JPEG that tells where it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif[0x010F] = "Secret Camera"
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


async def sent(opened: Desk, body: bytes, name: str, media_type: str) -> str:
    """A customer sends a file by a channel that believes what it is told; where it is found."""
    host = opened.hub.accounts["people"].host
    blob = await host.put_blob(body, name=name, media_type=media_type)
    person = opened.people.person("mina", "Mina Karimi")
    message = await person.sends((Media(form="image", blob=blob),), at=opened.clock.now())
    return f"/files/{message}/0"


@pytest.mark.both(full=True)
async def test_a_photograph_is_shown_small_upright_and_without_its_secrets(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    path = await sent(opened, photograph(), "IMG_1.jpg", "image/jpeg")
    page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
    assert f'src="{path}/small"' in page
    assert f'src="{path}"' not in page, "the thread asks for small pictures only"
    for _ in range(2):  # made, and then as it was kept
        small = await sara.get(f"{path}/small")
        assert small.headers["content-type"] == "image/webp"
        assert "sandbox" in small.headers["content-security-policy"]
        with Image.open(io.BytesIO(small.content)) as picture:
            assert picture.size == (360, 480)
            assert not picture.getexif()
        assert b"Secret" not in small.content
    [row] = await rows(opened.hub, "SELECT width, height, refused FROM small_picture")
    assert tuple(row) == (900, 1200, None)
    stranger = opened.browser()
    assert (await stranger.get(f"{path}/small")).status_code == 303


async def test_who_may_not_see_the_conversation_sees_no_small_picture(opened: Desk) -> None:
    await opened.agent("Sara")
    await opened.agent("Dara")
    team = await opened.team("board", "Sara", restricted=True)
    path = await sent(opened, photograph(), "a.jpg", "image/jpeg")
    conversation = await opened.conversation()
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await sara.get(f"/conversations/{conversation}")
    moved = await sara.post(f"/conversations/{conversation}/assign", {"team": str(team)})
    assert moved.is_success
    assert (await sara.get(f"{path}/small")).status_code == 200
    for more in ("", "/small", "/held"):
        assert (await dara.get(path + more)).status_code == 404
    assert (await dara.post(f"{path}/held")).status_code == 404


async def test_no_browser_is_given_a_bomb_and_the_hub_opens_none(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    path = await sent(opened, bomb(), "holiday.png", "image/png")
    small = await sara.get(f"{path}/small")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/svg+xml")
    whole = await sara.client.get(path, headers={"Sec-Fetch-Dest": "image"})
    assert whole.headers["content-type"] == "image/svg+xml", "as by the viewer, or in a mail"
    saved = await sara.get(path)
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.headers["content-type"] == "application/octet-stream"
    [row] = await rows(opened.hub, "SELECT refused FROM small_picture")
    assert "pixels" in row[0]


async def test_a_picture_that_ends_the_process_ends_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = Pictures()
    try:
        assert (await pictures.small(photograph(40, 40))).body is not None
        first = pictures._process
        assert first is not None
        first.kill()
        await first.wait()
        assert (await pictures.small(photograph(40, 40))).body is not None, "another one begins"
        monkeypatch.setattr("hub.pictures.LONGEST", 0.0)
        assert (await pictures.small(photograph(40, 40))).refused is not None
        monkeypatch.setattr("hub.pictures.LONGEST", 20.0)
        assert (await pictures.small(photograph(40, 40))).body is not None
    finally:
        await pictures.close()


async def test_what_may_act_is_held_back_whatever_it_is_called(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "owner")
    for body, name, claimed, why in (
        (PROGRAM, "holiday.png", "image/png", "program"),
        (PROGRAM, "invoice.pdf", "application/pdf", "program"),
        (b"echo", "invoice.pdf.cmd", "text/plain", "program"),
        (b"<svg xmlns='x' onload='alert(1)'/>", "logo.png", "image/png", "page"),
        (PAGE, "note.txt", "text/plain", "page"),
        (b"PK\x03\x04" + b"\0" * 60, "prices.xlsm", "application/zip", "macros"),
    ):
        path = await sent(opened, body, name, claimed)
        page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
        assert f'href="{path}/held"' in page, name
        assert f'src="{path}' not in page, name
        given = await sara.get(path)
        assert (given.status_code, given.headers["location"]) == (303, f"{path}/held"), name
        assert (await sara.get(f"{path}/small")).status_code == 404, name
        told = await sara.get(f"{path}/held")
        words = {"program": "It is a program", "page": "a page that acts", "macros": "(macros)"}
        assert words[why] in told.text, name
        saved = await sara.post(f"{path}/held", partial=False)
        assert saved.content == body
        assert saved.headers["content-type"] == "application/octet-stream"
        assert saved.headers["content-disposition"].startswith("attachment")
    noted = await rows(opened.hub, "SELECT count(*) FROM audit WHERE action LIKE 'saved a file%'")
    assert noted[0][0] == 6


async def test_what_is_harmless_is_not_held_back(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    path = await sent(opened, b"%PDF-1.7\n", "invoice.pdf", "application/pdf")
    held = await sara.get(f"{path}/held")
    assert (held.status_code, held.headers["location"]) == (303, path)


@pytest.mark.parametrize(
    "name",
    [
        "a.exe", "A.EXE", "a.exe.", "a.exe ", "a.pdf.exe", "a.\u202egpj.exe", "a.exe\u200b",
        "..\\..\\a.exe", "a\uff0eexe", "a.ｅｘｅ", "a.exe::$DATA", "x.lnk", "x.desktop", "x.JS",
    ],
)  # fmt: skip
def test_a_program_is_known_by_its_name_as_the_system_reads_it(name: str) -> None:
    assert danger_of(name, "application/octet-stream") == "program"


@pytest.mark.parametrize(
    ("head", "name", "claimed", "wanted"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.txt", "text/plain", "image/jpeg"),
        (b"%PDF-1.4", "a.jpg", "image/jpeg", "application/pdf"),
        (b"hello", "a.txt", "text/plain; charset=utf-8", "text/plain"),
        (b"", "a.png", "image/png", "image/png"),
        (b"\xff\xfe<\0h\0t\0m\0l\0", "a.txt", "text/plain", "text/html"),
        (b"#!/bin/sh\n", "a.txt", "text/plain", "application/x-executable"),
    ],
)
def test_the_bytes_say_what_a_file_is(head: bytes, name: str, claimed: str, wanted: str) -> None:
    assert media_type_of(head, name, claimed) == wanted


@given(st.binary(max_size=200), st.text(max_size=60), st.text(max_size=40))
def test_no_file_and_no_name_is_too_odd(head: bytes, name: str, claimed: str) -> None:
    found = media_type_of(head, name, claimed)
    danger_of(name, found)
    headers = file_headers(name, found, https=True)
    for value in headers.values():
        assert value.isascii()
        assert value.isprintable()
    said = headers["Content-Disposition"].partition("filename*=")[0]
    assert "/" not in said.partition("filename=")[2]


async def test_a_name_leads_out_of_no_folder(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    name = '../../../../etc/cron.d/evil\r\nSet-Cookie: payam=x"; filename=b.exe'
    path = await sent(opened, b"words", name, "text/plain")
    given = await sara.post(f"{path}/held", partial=False)
    assert "set-cookie" not in given.headers
    assert "/" not in given.headers["content-disposition"].replace("attachment;", "")
    stored = [one async for one in opened.context.blobs.keys(opened.clock.now().replace(year=2999))]
    assert len(stored) == 1
    for wrong in ("..%2f..%2fpayam.sqlite", "%2e%2e/%2e%2e/etc/passwd", "....//etc"):
        for base in ("/assets/", "/files/", "/c/people/"):
            answer = await sara.get(f"{base}{wrong}")
            assert answer.status_code in (404, 405), (base, wrong)
