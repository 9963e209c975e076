"""Strangers write in every way in: nothing of it runs before agents or visitors, and nothing of it
steers what goes out."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Page, expect
from sqlmodel import Session

from hub.agents.directory import add_agent
from hub.app import Hub
from tests.hostile.payloads import ELEMENT, link, payload
from tests.hostile.watching import Watched, watched
from tests.journeys.letters import text_of
from tests.journeys.office import BOT, SITE, SUPPORT, Office, bot, mail_account, office
from tests.mail_servers import Mailbox, MailServers
from tests.telegram_server import TelegramServer
from tests.web.desk import PASSWORD, hashed
from tests.webchat.test_browser import Chat

pytestmark = pytest.mark.browser
VICTIM = "victim@example.test"
TRACKER = "tracker.example"
ANSWER = payload("answer").replace("`", "'")
"""An agent's; with its backticks it would be taken for code."""


def hostile_mail(eve: Mailbox, to: Mailbox) -> bytes:
    """A mail of which every part that has words is a payload, and some lie about what they are."""
    words = payload("mail-html").replace("&", "&amp;")
    head = {
        "From": f"=?utf-8?q?Eve=0D=0ABcc:_{VICTIM}=0D=0A?= "
        f'"{payload("mail-name").replace(chr(34), "")}" <{eve.address}>',
        "To": to.address,
        "Reply-To": f"{link('mail-reply-to')} <{eve.address}>",
        # Encoded words with line ends in them (RFC 2047 forbids none of their bytes).
        "Subject": f"=?utf-8?q?mail=0D=0ABcc:_{VICTIM}=0D=0A=0D=0A?= {payload('mail-subject')}",
        "Message-ID": '<"><x-probe>@customer.example>',
        "List-Unsubscribe": f"<{link('mail-list')}>",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/related; boundary="b"',
    }
    remote = f"http://{TRACKER}"
    page = (
        f'<p>{words}</p><p style="background:url({remote}/a)"><img src={remote}/b.png>'
        f"<img src='cid:pic'><img src={link('mail-img')}><base href={remote}/>"
        f"<a href='{link('mail-link')}'>bank.example</a>"
        f"<form action={remote}/><button>Sign in</button></form>"
        f"<iframe src={link('mail-frame')}></iframe><meta http-equiv=refresh content=0;{remote}/>"
        f"<link rel=stylesheet href={remote}/c.css><style>@import '{remote}/d'</style>"
    )
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg' onload='hostile(`svg`)'>"
        "<script>hostile(`svg`)</script></svg>"
    )
    lines = [
        *(f"{name}: {value}" for name, value in head.items()),
        "",
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "",
        page,
        "--b",
        'Content-Type: image/svg+xml; name="x.svg"',
        "Content-ID: <pic>",
        'Content-Disposition: inline; filename="../../x\'\\"><x-probe>.svg"',
        "",
        drawn,
        "--b",
        'Content-Type: text/html; name="page.html"',
        'Content-Disposition: attachment; filename="page.html"',
        "",
        "<script>hostile(`attached`)</script>",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


async def write_everywhere(far: TelegramServer) -> None:
    """What a stranger can put into Telegram."""
    people = far.people
    people.user(
        7,
        first_name=payload("telegram-first"),
        last_name=payload("telegram-last"),
        username="eve_sample",
        language_code="en",
    )
    words = payload("telegram-text")
    linked = {"type": "text_link", "offset": 0, "length": 5, "url": link("telegram-link")}
    await people.write(7, words, entities=[linked])
    name = f"../../{payload('telegram-file')}.html"
    body = b"<script>hostile(`document`)</script>"
    await people.send_document(
        7, body, name, media_type="text/html", caption=payload("telegram-caption")
    )
    await people.send_contact(7, payload("telegram-phone"), payload("telegram-contact"))
    place = {"latitude": 1.0, "longitude": 2.0}
    venue = {"location": place, "title": payload("venue"), "address": payload("venue-address")}
    await people.write(7, venue=venue, location=place)
    poll = {
        "id": "1",
        "question": payload("poll"),
        "options": [{"text": payload("poll-option"), "voter_count": 0}],
    }
    await people.write(7, poll=poll)


def _add_owner(session: Session, hub: Hub) -> None:
    add_agent(
        session,
        name=payload("agent"),
        mail="owner@example.com",
        password_hash=hashed(),
        role="owner",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=hub.clock.now(),
    )


async def sign_in(opened: Office, browser: Watched) -> Page:
    await opened.hub.database.write(_add_owner, opened.hub)
    page = await browser.page()
    await page.goto(f"{opened.url}/inbox")
    await page.fill("#address", "owner@example.com")
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await expect(page.locator("#list")).to_be_visible()
    return page


async def look_everywhere(page: Page, url: str, conversations: Sequence[UUID]) -> None:
    """Every page on which a stranger's words stand."""
    customers: set[str] = set()
    read = ""
    for one in conversations:
        await page.goto(f"{url}/conversations/{one}")
        await expect(page.locator("#items .said").first).to_be_visible()
        for link_to in await page.locator("a[href^='/customers/']").all():
            customers.add((await link_to.get_attribute("href") or "").partition("?")[0])
        # The mail's own document, here without the frame that holds it.
        letters = [await one.get_attribute("src") for one in await page.locator("iframe").all()]
        for path in ("days", "find?q=probe", "merge", "people", "templates"):
            await page.goto(f"{url}/conversations/{one}/{path}")
        for letter in letters:
            await page.goto(f"{url}{letter}")
            read += await page.locator("body").inner_text()
    assert len(customers) >= len(conversations)
    assert "mail-html" in read
    for path in customers:
        for more in ("", "/timeline", "/purchases", "/export"):
            await page.goto(f"{url}{path}{more}")
    for path in ("/customers", "/search?q=probe", "/palette?q=telegram", "/notifications",
                 "/customers/duplicates", "/rules/messages", "/audit", "/me/security"):  # fmt: skip
        await page.goto(url + path)


async def test_what_strangers_write_runs_nowhere_and_steers_nothing(
    mail_servers: MailServers, far: TelegramServer, tmp_path: Path
) -> None:
    box, eve = mail_servers.mailbox("support"), mail_servers.mailbox("ann")
    accounts = {
        BOT: bot(far),
        SUPPORT: mail_account(mail_servers, box),
        SITE: {"kind": "webchat"},
    }
    async with office(tmp_path, accounts) as opened, watched() as browser:
        shop = await browser.page()
        await shop.goto(f"{opened.url}/c/{SITE}/demo?{payload('shop-query')}")
        chat = Chat(shop)
        await chat.open()
        await chat.write(payload("chat-text"))
        page = await sign_in(opened, browser)
        # While the list is looked at, so that the live page takes it in.
        await write_everywhere(far)
        mail_servers.deliver(box.address, hostile_mail(eve, box), eve.address)
        record = await opened.until(lambda record: len(record.directed("in")) == 7)
        await expect(page.locator("#list .row")).to_have_count(3)

        conversations = list(record.by_conversation())
        for one in conversations:
            await opened.reply(one, ANSWER)
        await opened.until(
            lambda record: (
                sum("answer " in one.text and one.state == "sent" for one in record.directed("out"))
                == len(conversations)
            )
        )
        await expect(chat.theirs.last).to_contain_text("answer ")
        await look_everywhere(page, opened.url, conversations)
        assert browser.ran == []
        assert browser.asked == {"127.0.0.1"}, "a stranger made an agent's browser tell of itself"
        for tab in (shop, page):
            assert await tab.locator(ELEMENT).count() == 0

        assert ANSWER in far.people.texts(7), "told as it was written"
        mails = mail_servers.wait_for_mails(eve, 2)
        read = [message_from_bytes(raw, policy=policy.default) for raw in mails]
        [got] = [one for one in read if ANSWER in text_of(one)]
        assert got["To"].addresses[0].addr_spec == eve.address
        assert (got["Cc"], got["Bcc"]) == (None, None)
        assert all(VICTIM not in str(got[name]) for name in ("To", "From", "Reply-To"))
        assert len(got.get_all("Subject") or []) == 1
