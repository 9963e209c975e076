"""A stranger's mail in a real browser: the frame holds even where cleaning would fail."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from playwright.async_api import async_playwright

from hub.security.headers import MAIL_BODY_CSP, MAIL_BODY_SANDBOX, file_headers, page_headers
from hub.security.html import clean_html, with_images

pytestmark = pytest.mark.browser

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f00050001ff56c72f0d0000000049454e44ae426082"
)
MAIL = """
<p style="color: rgb(1, 2, 3)">words</p>
<img id="inline" src="cid:logo"><img src="{elsewhere}/pixel.gif">
<script>parent.document.title = "broken"</script>
<img src="data:image/png;base64,x" onerror="parent.document.title = 'broken'">
<form action="{elsewhere}/form"><button>go</button></form>
<style>@import url({elsewhere}/style.css);</style><link rel="stylesheet" href="{elsewhere}/a.css">
"""


class Site:
    """A web server that gives fixed answers to whoever shows the session's cookie."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[Mapping[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            writer.close()
            return
        path = head.split(" ")[1]
        signed_in = path == "/" or "session=1" in head
        self.asked.append(path if signed_in else f"{path} without session")
        headers, body = self.answers.get(path, ({}, b""))
        status = "200 OK" if path in self.answers and signed_in else "404 Not Found"
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def sites() -> AsyncIterator[tuple[Site, Site]]:
    """The hub's pages, and a stranger's server."""
    hub, elsewhere = Site(), Site()
    servers = []
    for site in (hub, elsewhere):
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
        site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        servers.append(server)
    yield hub, elsewhere
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("cleaned", [True, False], ids=["cleaned", "as it came"])
async def test_mail_is_shown_and_can_do_nothing(sites: tuple[Site, Site], cleaned: bool) -> None:
    hub, elsewhere = sites
    source = MAIL.format(elsewhere=elsewhere.url)
    if cleaned:
        body = with_images(clean_html(source).html, {"logo": "/logo.png"})
    else:
        body = source.replace("cid:logo", "/logo.png")
    html = {"Content-Type": "text/html; charset=utf-8"}
    page = f'<title>calm</title><iframe src="/mail" sandbox="{MAIL_BODY_SANDBOX}"></iframe>'
    hub.answers = {
        "/": (
            page_headers(https=False) | html | {"Set-Cookie": "session=1; SameSite=Lax; HttpOnly"},
            page.encode(),
        ),
        "/mail": (page_headers(https=False, csp=MAIL_BODY_CSP) | html, body.encode()),
        "/logo.png": (file_headers("logo.png", "image/png", https=False), PNG),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        shown = await browser.new_page()
        await shown.goto(hub.url, wait_until="networkidle")
        frame = shown.frame_locator("iframe")
        assert await frame.locator("p").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        assert await frame.locator("img").first.evaluate("e => e.naturalWidth") == 1
        assert await shown.title() == "calm"
        height = "document.querySelector('iframe').contentDocument.body.scrollHeight"
        assert await shown.evaluate(height) > 0
        if not cleaned:
            await frame.locator("button").click()
            assert await shown.title() == "calm"
        await browser.close()
    assert elsewhere.asked == []
    assert "/logo.png" in hub.asked
