"""Everything that a thread can hold, in Chromium, on a hub whose Telegram and mail are played by
people of this process: read, looked at, played, unfolded, mended, found again and printed."""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from hub.channel import DeliveryError
from hub.demo import demo_kinds
from hub.message import (
    Address,
    Blob,
    Block,
    Contact,
    Deletion,
    Edit,
    Entity,
    Html,
    Location,
    Media,
    Message,
    Raw,
    Reaction,
    Text,
)
from tests.desk import Desk as HubDesk
from tests.looks import Look
from tests.web.desk import Browser, desk, served
from tests.web.test_desk import CHROMIUM, Office

pytestmark = pytest.mark.browser

PLAYED: Mapping[str, Mapping[str, Any]] = {
    "people": {"kind": "telegram"},
    "letters": {"kind": "mail", "threads": True},
}
RULES = """
- id: order-status
  when: message.received
  if: {text: {mentions: [order]}}
  then: [{tag: order}, {priority: high}]
- id: desk
  when: message.received
  default: true
  then: [{tag: seen}]
"""
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
MINA = Address(kind="telegram", address="111", name="Mina Karimi", verified=True)
MAIL = Address(kind="mail", address="mina@example.com", name="Mina Karimi", verified=True)
LETTER = """<h1>November</h1><table><tr><td>Bag<td>24</table><img src="cid:logo">
<p><a href="https://elsewhere.example">https://bank.example</a></p>
<blockquote>On Monday you wrote: what came?</blockquote>"""
FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 64, height: 36});
  const brush = canvas.getContext("2d");
  const painting = setInterval(() => brush.fillRect(0, 0, 64, 36), 20);
  const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: "video/webm"});
  const parts = [];
  recorder.ondataavailable = ({data}) => parts.push(data);
  recorder.start();
  await new Promise((done) => setTimeout(done, 200));
  recorder.stop();
  await new Promise((done) => { recorder.onstop = done; });
  clearInterval(painting);
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
}"""


@pytest.fixture
async def office(tmp_path: Path, look: Look) -> AsyncIterator[Office]:
    async with (
        desk(tmp_path, rules=RULES, accounts=PLAYED, kinds=demo_kinds()) as opened,
        served(opened) as url,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        running = Office(opened, url, browser, look)
        yield running
        await browser.close()
        assert running.errors == []


class Mina:
    """The customer, by Telegram and by mail."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.hub = HubDesk(office.opened.hub)

    @property
    def now(self) -> Any:
        return self.office.opened.clock.now()

    async def says(self, *blocks: Block | str, by: str = "people", **more: Any) -> UUID:
        self.office.opened.clock.advance(timedelta(seconds=more.pop("after", 20)))
        one = Message(
            account=by,
            external_id=more.pop("external_id", uuid4().hex),
            at=self.now,
            sender=MAIL if by == "letters" else MINA,
            content=tuple(Text(text=it) if isinstance(it, str) else it for it in blocks),
            **more,
        )
        (message_id,) = (await self.hub.accepts(one, account=by)).ids
        assert message_id is not None
        return message_id

    async def changes(self, form: type[Any], target: str, **more: Any) -> None:
        common = {"account": "people", "external_id": uuid4().hex, "at": self.now, "sender": MINA}
        await self.hub.accepts(form(**common, target=target, **more))

    async def file(self, body: bytes, name: str, media_type: str) -> Blob:
        return await self.office.opened.hub.blobs.put(
            body, name=name, media_type=media_type, limit=10**7
        )


def drawn(kind: str, size: tuple[int, int] = (320, 240)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, kind)
    return written.getvalue()


def spoken(seconds: float) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(16_000 * seconds)))
    return written.getvalue()


async def stand(page: Page) -> float:
    """Where the first fold of a mail stands on the screen."""
    box = await page.locator("details.quoted").first.bounding_box()
    assert box is not None
    return round(box["y"])


async def told(office: Office, mina: Mina, sara: Browser) -> UUID:
    """A thread by two channels, with a file of every form; its conversation."""
    await mina.says("Where is my ordre?", external_id="first")
    await mina.says("It is the brown one.")
    conversation = await office.opened.conversation(1)
    await mina.changes(Edit, "first", digest="2", content=(Text(text="Where is my order?"),))
    await mina.changes(Reaction, "first", reactions=("👍",))
    await mina.says("not for you", external_id="slip")
    await mina.changes(Deletion, "slip")
    await sara.reply(conversation, "It left on Monday.")
    await office.opened.people.wait_for("111", 1)
    pictures = [await mina.file(drawn("PNG"), f"bag-{n}.png", "image/png") for n in (1, 2)]
    await mina.says(
        Media(form="image", blob=pictures[0], width=320, height=240, caption=Text(text="از پشت")),
        Media(form="image", blob=pictures[1], width=320, height=240),
    )
    sound = await mina.file(spoken(2), "voice.wav", "audio/wav")
    await mina.says(Media(form="voice", blob=sound, seconds=2))
    tab = await office.browser.new_page()
    film = base64.b64decode(await tab.evaluate(FILM))
    await tab.close()
    await mina.says(
        Media(form="video", blob=await mina.file(film, "strap.webm", "video/webm"), width=64,
              height=36)
    )  # fmt: skip
    await mina.says(Location(latitude=35.6892, longitude=51.389, title="Home", address="تهران"))
    await mina.says(Contact(name="Ali Sample", phones=("+989120000000",)))
    paper = await mina.file(drawn("PDF"), "invoice.pdf", "application/pdf")
    await mina.says(Media(form="document", blob=paper))
    lie = Entity(form="link", offset=0, length=12, url="https://elsewhere.example/")
    await mina.says(Text(text="bank.example", entities=(lie,)))
    await mina.says("this one", reply_to="first")
    logo = await mina.file(drawn("PNG"), "logo.png", "image/png")
    await mina.says(
        "What came in November.",
        Html(html=LETTER),
        Media(form="image", blob=logo, inline_id="logo", width=320, height=240),
        by="letters",
        subject="November",
        raw=Raw(body=b"Subject: November\r\n\r\nall of it", media_type="message/rfc822"),
    )
    office.opened.clock.advance(timedelta(days=1))
    await sara.post("/customers/merge", await customers_of(office))
    other = await office.opened.conversation(2)
    await sara.post(f"/conversations/{conversation}/merge", {"other": str(other)})
    for act, data in (
        ("tags", {"add": "bag"}),
        ("tags", {"off": "bag"}),
        ("priority", {"priority": "2"}),
        ("assign", {"assignee": str(office.opened.agents["Sara"])}),
        ("spam", {}),
        ("reopen", {}),
    ):
        assert (await sara.post(f"/conversations/{conversation}/{act}", data)).status_code == 200
    office.opened.letters.fail(DeliveryError("the mailbox is full", permanent=True, code="552"))
    await sara.reply(conversation, "Yours leaves tomorrow.")
    await office.opened.until("SELECT count(*) FROM outgoing WHERE state = 'failed'", 1)
    await sara.get(f"/conversations/{conversation}")
    for number in range(45):
        await mina.says(f"new {number}")
    return conversation


async def customers_of(office: Office) -> dict[str, str]:
    """Mina by Telegram, who stays, and Mina by mail."""
    found = {}
    for role, kind in (("kept", "telegram"), ("gone", "mail")):
        [customer] = await office.opened.row(
            "SELECT customer_id FROM identity WHERE kind = :kind", kind=kind
        )
        found[role] = str(UUID(str(customer)))
    return found


async def test_a_thread_shows_all_that_was_said_and_what_became_of_it(office: Office) -> None:
    opened, look, says = office.opened, office.look, office.look.says

    def digits(text: str) -> str:
        return text.translate(PERSIAN) if look.locale == "fa" else text

    mina, sara = Mina(office), await office.opened.signed_in("Sara")
    conversation = await told(office, mina, sara)
    page = await office.enters("Dara")
    await page.goto(f"{office.url}/conversations/{conversation}")
    items, viewer = page.locator("#items"), page.locator("dialog.viewer")

    # What is new begins beyond the upper edge; what came before it is fetched on the way up.
    await page.locator("#above").click()
    await expect(page.locator("#unread")).to_be_in_viewport()
    await expect(page.locator("#above")).to_have_count(0)
    await page.locator("#thread-scroll").evaluate("it => { it.scrollTop = -1e6 }")
    await page.locator("#thread-scroll").evaluate("it => { it.scrollTop = -1e6 }")
    first = page.locator(".said").first
    await expect(first).to_contain_text("Where is my order?")
    await expect(page.locator("#more-items")).to_be_hidden()

    # Runs, days, edits, reactions, deletions, quotes: in the reader's language and digits.
    time = first.locator(".said-head time")
    await expect(time).to_have_text(re.compile("[۰-۹]" if look.locale == "fa" else "[0-9]"))
    await expect(page.locator(".day time").first).to_have_text(
        re.compile("۲ آذر" if look.locale == "fa" else "23 November|Yesterday")
    )
    assert await page.locator(".said").nth(1).evaluate("it => it.matches(':not(.head-on)')")
    await expect(first.locator(".reaction")).to_contain_text("👍")
    await first.locator(".said-past a").click()
    sheet = page.locator("#sheet")
    await expect(sheet.locator(".revisions li")).to_have_count(2)
    await expect(sheet).to_contain_text("Where is my ordre?")
    await page.keyboard.press("Escape")
    await expect(page.locator(".is-deleted .bubble")).to_contain_text(
        says("Taken back by the sender")
    )
    await expect(page.locator(".answered")).to_contain_text("Where is my order?")

    # Pictures, the film, the voice, the paper; places and people.
    assert await page.locator(".pictures .picture").count() == 2
    await expect(page.locator(".pictures + .words")).to_have_text("از پشت")
    await page.locator("video").scroll_into_view_if_needed()
    await expect(page.locator("video")).to_have_js_property("videoWidth", 64)
    voice = page.locator(".sound")
    await voice.locator(".sound-speed").click()
    await voice.locator(".sound-play").click()
    await expect(voice.locator(".sound-time")).to_have_text(digits("0:01"))
    assert await voice.locator("audio").evaluate("it => it.playbackRate") == 1.5
    await voice.locator(".sound-at").fill("1.5")
    await expect(voice).not_to_have_class(re.compile("playing"))
    await expect(voice.locator(".sound-time")).to_have_text(digits("0:02"))
    await page.locator("a[data-view=pdf]").click()
    await expect(viewer.locator("iframe")).to_have_attribute("src", re.compile("view=1"))
    await expect(viewer.locator("bdi")).to_have_text("invoice.pdf")
    # The browser's own viewer took it: a frame that was refused would be an error page's.
    shown = await (await viewer.locator("iframe").element_handle()).content_frame()
    assert shown is not None
    await page.locator(".viewer-before").click()
    await expect(viewer.locator("img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(items).to_contain_text("35.68920, 51.38900")
    await expect(page.locator("a[href='tel:+989120000000']")).to_be_visible()
    await expect(page.locator(".link-doubt")).to_contain_text("elsewhere.example")

    # The mail: what is new in it, all of it below, and nothing jumps when that unfolds.
    letter = page.locator(".letter")
    await expect(letter.locator(".words")).to_have_text("What came in November.")
    await letter.locator("summary").scroll_into_view_if_needed()
    before = await stand(page)
    await letter.locator("summary").click()
    whole = page.frame_locator(".letter-frame")
    await expect(whole.locator("blockquote")).to_contain_text("what came?")
    await expect(whole.locator("a[data-leads='elsewhere.example']")).to_have_count(1)
    await expect(whole.locator("img")).to_have_js_property("naturalWidth", 320)
    assert abs(await stand(page) - before) < 2
    assert await page.locator(".letter-frame").evaluate(
        "it => it.clientHeight >= it.contentDocument.documentElement.scrollHeight - 2"
    )

    # What happened: folded, told in full, with its reasons.
    folded = page.locator(".happened.folded")
    hidden = await folded.count()
    assert hidden >= 3
    await expect(folded.first).to_be_hidden()
    await page.locator("[data-unfolds]").last.click()
    await expect(page.locator(".happened", has_text=says("Urgent"))).to_be_visible()
    await expect(page.locator(".happened a[href*='/why/']").first).to_be_attached()

    # What failed says why, and goes another way.
    failed = page.locator(".is-failed")
    await expect(failed.locator(".delivery")).to_contain_text("the mailbox is full")
    await expect(failed.locator(".delivery")).to_contain_text("552")
    await expect(failed.locator("form[action$='/retry']")).to_be_visible()
    await failed.locator("form[action$='/resend'] button").click()
    yours = items.locator(".said-team", has_text="Yours leaves")
    await expect(yours).to_have_count(2)
    await expect(yours.first.locator(".delivery")).to_contain_text("the mailbox is full")
    await expect(yours.last.locator(".delivery")).to_contain_text(says("Sent"))
    await opened.people.wait_for("111", 2)

    # The day at the upper edge leads to all days, a day to its first message, which has a link.
    await page.locator("#thread-scroll").evaluate("it => { it.scrollTop = -400 }")
    await expect(page.locator(".day.floats")).to_have_count(2)
    await page.locator(".day.floats a").last.click()
    await sheet.locator("a.days-day").first.click()
    marked = page.locator(".item.marked")
    await expect(marked).to_contain_text("Where is my order?")
    await expect(page).to_have_url(re.compile("/messages/"))

    # On paper nothing is folded, and notes stay here.
    await sara.post(
        f"/conversations/{conversation}/note", {"body": "for us", "form_key": str(uuid4())}
    )
    await page.goto(f"{office.url}/conversations/{conversation}/export")
    await expect(page.locator(".printed")).to_contain_text("for us")
    await page.locator(".printed-choice a").click()
    await expect(page.locator(".printed")).to_contain_text("new 44")
    await expect(page.locator(".printed")).not_to_contain_text("for us")
    assert await page.locator(".printed details, .printed audio, .printed video").count() == 0
