"""A thread's pages: files by parts, permalinks, days, words, revisions, export, merging, moving."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.message import (
    Address,
    Blob,
    Block,
    Contact,
    Edit,
    Location,
    Media,
    Message,
    Raw,
    Reaction,
    Text,
)
from hub.web.files import MOST, Unsatisfiable, part_of
from hub.web.items.parts import shown_parts
from hub.web.looking import vcard
from hub.web.views import Files, Words
from tests.desk import Desk as HubDesk
from tests.web.desk import Browser, Desk, desk

QUIET = """
- id: nothing
  when: message.received
  if: {text: {mentions: [nobody says this]}}
  then: [{tag: quiet}]
"""
MINA = Address(kind="memory", address="mina", name="Mina Karimi", verified=True)


@pytest.fixture
async def opened(folder: Path) -> AsyncIterator[Desk]:
    async with desk(folder, rules=QUIET) as running:
        yield running


async def says(
    opened: Desk, *blocks: Block | str, account: str = "letters", minutes: int = 1, **more: Any
) -> tuple[UUID, UUID]:
    """Mina writes; the message and its conversation. By `letters` each one begins another."""
    opened.clock.advance(timedelta(minutes=minutes))
    one = Message(
        account=account,
        external_id=more.pop("external_id", f"in:{uuid4().hex}"),
        at=opened.clock.now(),
        sender=MINA,
        content=tuple(Text(text=it) if isinstance(it, str) else it for it in blocks),
        **more,
    )
    (message_id,) = (await HubDesk(opened.hub).accepts(one, account=account)).ids
    assert message_id is not None
    row = await opened.row("SELECT conversation_id FROM message WHERE id = :id",
                           id=message_id.hex)  # fmt: skip
    return message_id, UUID(str(row[0]))


async def thread(sara: Browser, conversation: UUID) -> list[str]:
    page = (await sara.get(f"/conversations/{conversation}", partial=True)).text
    return re.findall(r'<div class="words"><p dir="\w+"[^>]*>([^<]*)</p>', page)


# --- files ----------------------------------------------------------------------------------------


@given(st.integers(1, 10_000_000), st.integers(0, 12_000_000), st.integers(0, 12_000_000))
def test_a_part_lies_within_the_file(size: int, start: int, end: int) -> None:
    try:
        found = part_of(f"bytes={start}-{end}", size)
    except Unsatisfiable:
        assert start >= size
        return
    if found is None:
        assert end < start
        return
    first, length = found
    assert first == start
    assert 0 < length <= MOST
    assert first + length <= min(size, end + 1)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None), ("bytes=0-", (0, 1000)), ("bytes=-10", (990, 10)), ("bytes=10-19", (10, 10)),
        ("bytes=900-5000", (900, 100)), ("bytes=-5000", (0, 1000)), ("bytes=-", None),
        ("bytes=1-2,4-5", None), ("lines=1-2", None),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_standard_says(header: str | None, part: Any) -> None:
    assert part_of(header, 1000) == part


async def test_sound_is_played_from_any_place_and_a_paper_opens_in_its_tab(opened: Desk) -> None:
    body = bytes(range(256)) * 10
    sound = await opened.hub.blobs.put(body, name="a.ogg", media_type="audio/ogg", limit=10**6)
    paper = await opened.hub.blobs.put(
        b"%PDF-1.4", name="b.pdf", media_type="application/pdf", limit=10**6
    )
    message, conversation = await says(
        opened, Media(form="voice", blob=sound, seconds=24.2), Media(form="document", blob=paper)
    )
    sara = await opened.signed_in("Sara")
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert f'<audio preload="none" src="/files/{message}/0"' in page
    assert "0:24" in page
    part = await sara.get(f"/files/{message}/0", Range="bytes=256-511")
    assert (part.status_code, part.content) == (206, bytes(range(256)))
    assert part.headers["content-range"] == "bytes 256-511/2560"
    whole = await sara.get(f"/files/{message}/0")
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    beyond = await sara.get(f"/files/{message}/0", Range="bytes=2560-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */2560")
    kept, read = [await sara.get(f"/files/{message}/1{query}") for query in ("", "?view=1")]
    assert kept.headers["content-disposition"].startswith("attachment")
    assert read.headers["content-disposition"].startswith("inline")
    assert "sandbox" not in read.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in read.headers["content-security-policy"]


async def test_places_and_cards_are_read_and_kept(opened: Desk) -> None:
    message, conversation = await says(
        opened,
        Location(latitude=35.6892, longitude=51.389, title="Home"),
        Contact(name="Ali; Sample", phones=("+989120000000",), mails=("ali@example.com",)),
    )
    sara = await opened.signed_in("Sara")
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert "35.68920, 51.38900" in page
    assert "https://www.openstreetmap.org/" in page
    saved = await sara.get(f"/conversations/{conversation}/messages/{message}/contacts/0.vcf")
    assert saved.headers["content-type"].startswith("text/vcard")
    assert "FN:Ali\\; Sample\r\nTEL;VALUE=uri:tel:+989120000000\r\n" in saved.text
    gone = await sara.get(f"/conversations/{conversation}/messages/{message}/contacts/1.vcf")
    assert gone.status_code == 404


@given(st.text(max_size=60))
def test_a_card_has_one_line_a_value(name: str) -> None:
    lines = vcard(Contact(name=name)).split("\r\n")
    assert lines[0] == "BEGIN:VCARD"
    assert "\n" not in "".join(lines)
    assert len(lines) == 5


async def test_the_source_of_a_mail_is_saved_byte_for_byte(opened: Desk) -> None:
    written = b"Subject: bag\r\nX-Odd: \xff\r\n\r\n<script>it</script>"
    message, conversation = await says(
        opened, "bag", raw=Raw(body=written, media_type="message/rfc822")
    )
    unkept, other = await says(opened, "another")
    sara = await opened.signed_in("Sara")
    saved = await sara.get(f"/conversations/{conversation}/messages/{message}/source")
    assert saved.content == written
    assert saved.headers["content-type"] == "message/rfc822"
    assert saved.headers["content-disposition"].startswith("attachment")
    assert f'{message}.eml"' in saved.headers["content-disposition"]
    for there, which in ((other, message), (other, unkept), (conversation, uuid4())):
        gone = await sara.get(f"/conversations/{there}/messages/{which}/source")
        assert gone.status_code == 404


def test_the_one_caption_of_an_album_stands_below_it() -> None:
    album = [
        Media(form="image", blob=Blob(key=f"ab/{n}", digest="", size=1, media_type="image/png",
                                      name=f"{n}.png"),
              caption=Text(text=words) if words else None)
        for n, words in enumerate(["", "from behind", ""])
    ]  # fmt: skip
    files, caption = shown_parts((Text(text="first"), *album), uuid4(), "/", str)[1:]
    assert isinstance(files, Files)
    assert [file.name for file in files.files] == ["0.png", "1.png", "2.png"]
    assert caption == Words("from behind")
    each = [one.model_copy(update={"caption": Text(text="mine")}) for one in album]
    assert len(shown_parts(tuple(each), uuid4(), "/", str)) == 2 * len(album)


# --- finding one's way ----------------------------------------------------------------------------


async def test_a_long_thread_is_read_from_any_message_on(opened: Desk) -> None:
    first, conversation = await says(opened, "word 1", account="people")
    messages = [first]
    messages += [
        (await says(opened, f"word {number}", account="people"))[0] for number in range(2, 91)
    ]
    sara = await opened.signed_in("Sara")
    page = (await sara.get(f"/conversations/{conversation}/messages/{messages[29]}")).text
    assert f'data-marked="item-{messages[29]}"' in page
    shown = [int(number) for number in re.findall(r"<p dir=\"ltr\">word (\d+)<", page)]
    assert shown == list(range(10, 50))
    [later] = re.findall(r'href="([^"]*beyond=\d+)"', page)
    more = (await sara.get(later, partial=True)).text
    assert [int(n) for n in re.findall(r">word (\d+)<", more)] == list(range(50, 90))
    [later] = re.findall(r'href="([^"]*beyond=\d+)"', more)
    end = (await sara.get(later, partial=True)).text
    assert [int(n) for n in re.findall(r">word (\d+)<", end)] == [90]
    assert 'id="later-items" hidden' in end
    elsewhere = await sara.get(f"/conversations/{conversation}/messages/{uuid4()}")
    assert elsewhere.status_code == 404
    found = (await sara.get(f"/conversations/{conversation}/find?q=WORD+77", partial=True)).text
    assert f"/messages/{messages[76]}" in found
    assert f"/messages/{messages[75]}" not in found


async def test_days_are_those_of_the_reader_s_calendar(opened: Desk) -> None:
    message, conversation = await says(opened, "on the second of Azar", account="people")
    dara = await opened.signed_in("Dara", locale="fa", calendar="jalali", time_zone="Asia/Tehran")
    page = (await dara.get(f"/conversations/{conversation}/days", partial=True)).text
    assert "آذر" in page
    [day] = re.findall(rf'href="[^"]*/messages/{message}[^>]*>([^<]+)</a>', page)
    assert day == "۲"


async def test_what_was_changed_is_told_and_what_is_answered_is_shown(opened: Desk) -> None:
    first, conversation = await says(opened, "teh bag", account="people", external_id="a")
    await says(opened, "something else", account="people")
    await says(opened, "this one", account="people", reply_to="a")
    hub = HubDesk(opened.hub)
    now = opened.clock.now()
    await hub.accepts(
        Edit(account="people", external_id="a", digest="2", at=now, sender=MINA, target="a",
             content=(Text(text="the bag"),)),
        Reaction(account="people", external_id="r", at=now, sender=MINA, target="a",
                 reactions=("👍",)),
    )  # fmt: skip
    sara = await opened.signed_in("Sara")
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert re.search(rf'class="answered[^>]*data-jump="{first}".*?the bag', page, re.DOTALL)
    assert "👍" in page
    past = (
        await sara.get(f"/conversations/{conversation}/messages/{first}/revisions", partial=True)
    ).text
    assert past.index("the bag") < past.index("teh bag")


async def test_a_conversation_leaves_as_a_page_and_as_an_archive(opened: Desk) -> None:
    blob = await opened.hub.blobs.put(
        b"bytes of it", name="../a b.txt", media_type="text/plain", limit=10**6
    )
    _, conversation = await says(opened, "the <b>bag</b>", Media(form="document", blob=blob))
    sara = await opened.signed_in("Sara")
    page = (await sara.get(f"/conversations/{conversation}/export")).text
    assert "the &lt;b&gt;bag&lt;/b&gt;" in page
    assert page.rstrip().endswith("</html>")
    await sara.post(f"/conversations/{conversation}/note", {"body": "among us", "form_key": "n"})
    whole, without = [
        (await sara.get(f"/conversations/{conversation}/export{query}")).text
        for query in ("", "?notes=0")
    ]
    assert ("among us" in whole, "among us" in without) == (True, False)
    packed = await sara.get(f"/conversations/{conversation}/export.zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        told = json.loads(archive.read("conversation.json"))
        [message, _] = told["messages"]
        [file] = message["files"]
        assert archive.read(file["path"]) == b"bytes of it"
        assert file["path"] == "files/00001-0-_a b.txt"
    assert (told["number"], message["text"]) == (1, "the <b>bag</b>")
    exported = await opened.row(
        "SELECT count(*) FROM audit WHERE action = 'exported a conversation'"
        " AND subject = 'conversation:1'"
    )
    assert exported[0] == 4


# --- what stands together -------------------------------------------------------------------------


async def test_conversations_are_merged_and_parted_again(opened: Desk) -> None:
    _, one = await says(opened, "about the bag")
    _, two = await says(opened, "about the invoice")
    await says(opened, "and the bag again", minutes=1)
    sara = await opened.signed_in("Sara")
    choice = (await sara.get(f"/conversations/{one}/merge", partial=True)).text
    assert "about the invoice" in choice
    will = (await sara.get(f"/conversations/{one}/merge?other={two}", partial=True)).text
    assert "1 message comes here" in will
    assert await thread(sara, one) == ["about the bag"]

    done = (await sara.post(f"/conversations/{one}/merge", {"other": two})).text
    assert "#2 is part of this conversation now" in done
    assert f'data-anew="/conversations/{one}"' in done
    assert await thread(sara, one) == ["about the bag", "about the invoice"]
    moved = await sara.get(f"/conversations/{two}")
    assert moved.status_code == 303
    assert moved.headers["location"].startswith(f"/conversations/{one}?")
    listed = (await sara.get("/inbox")).text
    assert f"row-{one}" in listed
    assert f"row-{two}" not in listed

    [undo] = re.findall(rf'action="(/conversations/{one}/undo/[^"]+)"', done)[:1]
    assert "Undone" in (await sara.post(undo)).text
    assert await thread(sara, one) == ["about the bag"]
    assert await thread(sara, two) == ["about the invoice"]


async def test_messages_are_moved_and_their_links_follow(opened: Desk) -> None:
    first, one = await says(opened, "about the bag", external_id="a")
    second, _ = await says(opened, "another thing", reply_to="a")
    sara = await opened.signed_in("Sara")
    form = (await sara.get(f"/conversations/{one}/messages/{second}/move", partial=True)).text
    assert "1 message goes, 1 stay." in form
    whole = (await sara.get(f"/conversations/{one}/move?messages={first},{second}")).text
    assert "These are all its messages." in whole
    done = (
        await sara.post(
            f"/conversations/{one}/move", {"since": second, "to": "new", "subject": "Other"}
        )
    ).text
    assert "Moved to #2" in done
    assert await thread(sara, one) == ["about the bag"]
    link = await sara.get(f"/conversations/{one}/messages/{second}")
    assert link.status_code == 303
    there = await sara.get(link.headers["location"])
    assert "another thing" in there.text
    assert "Other" in there.text
    refused = (await sara.post(f"/conversations/{one}/move", {"since": first, "to": "new"})).text
    assert "Nothing would be left here." in refused
