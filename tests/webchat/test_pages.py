"""The script that other people's pages embed, and the sample shop."""

from pathlib import Path
from typing import get_args

import httpx
import pytest

from channels.webchat import channel as kind
from channels.webchat.adapter import Webchat
from channels.webchat.protocol import Problem
from channels.webchat.settings import WebchatSettings
from hub.channel import (
    CannotExpress,
    Channel,
    ChannelKind,
    Deletes,
    Edits,
    Routes,
    Types,
)
from hub.message import Address, Block, Html, Media, Outbound, Text
from tests.webchat.host import Site


async def test_the_widget_is_served_for_every_page_and_validated_by_its_tag(site: Site) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=site.base) as client:
        response = await client.get("widget.js")
        assert response.status_code == 200, "run `make setup`"
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "max-age=300" in response.headers["cache-control"]
        assert response.headers["content-encoding"] == "gzip"
        tag = {"If-None-Match": response.headers["etag"]}
        assert (await client.get("widget.js", headers=tag)).status_code == 304
        plain = await client.get("widget.js", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == response.content
        assert plain.headers["etag"] != response.headers["etag"]


async def test_the_fonts_are_there_and_nothing_else(site: Site) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=site.base) as client:
        for name in ("inter", "vazirmatn"):
            assert (await client.get(f"font/{name}.woff2")).content[:4] == b"wOF2"
        assert (await client.get("font/other.woff2")).status_code == 404
        assert (await client.get("font/..%2F..%2Fsettings.py%00.woff2")).status_code == 404


async def test_the_sample_shop_speaks_both_languages_under_a_strict_policy(site: Site) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=site.base) as client:
        english = await client.get("demo")
        assert 'dir="ltr"' in english.text
        persian = await client.get("demo", headers={"Accept-Language": "fa-IR,en;q=0.5"})
        assert 'dir="rtl"' in persian.text
        assert 'dir="ltr"' in (await client.get("demo?lang=en")).text
        assert "unsafe" not in persian.headers["content-security-policy"]
        assert (await client.get("demo.css")).status_code == 200


def outbound(*content: Block) -> Outbound:
    from datetime import UTC, datetime
    from uuid import uuid4

    return Outbound(
        message_id=uuid4(),
        attempt=1,
        account="web",
        to=Address(kind="webchat", address="a" * 64),
        content=content,
        at=datetime.now(UTC),
    )


async def test_the_committed_row_is_the_delivery(site: Site) -> None:
    message = outbound(Text(text="hello"), Html(html="<p>hello</p>"))
    sent = await site.channel.send(message, site.host)
    assert sent.external_ids == (str(message.message_id),)
    assert site.channel.capabilities.idempotent_send


@pytest.mark.parametrize("block", [Html(html="<p>hello</p>"), Media(form="image", remote="x")])
async def test_what_can_not_be_shown_is_refused_aloud(site: Site, block: Block) -> None:
    with pytest.raises(CannotExpress):
        await site.channel.send(outbound(block), site.host)


async def test_the_adapter_keeps_the_contract(site: Site) -> None:
    channel: Channel = site.channel
    assert isinstance(channel, Webchat)
    assert isinstance(channel, Routes)
    assert isinstance(channel, Types)
    assert isinstance(channel, Edits)
    assert isinstance(channel, Deletes)
    await channel.receive(site.host)
    assert all(finding.ok for finding in await channel.check())
    assert isinstance(kind, ChannelKind)


def test_an_origin_is_scheme_and_host() -> None:
    assert WebchatSettings(origins=("https://Shop.example/",)).origins == ("https://shop.example",)
    for wrong in ("shop.example", "https://shop.example/path", "ftp://shop.example"):
        with pytest.raises(ValueError, match="not an origin"):
            WebchatSettings(origins=(wrong,))


def test_every_setting_and_every_error_is_documented() -> None:
    docs = Path(__file__).parents[2] / "docs"
    settings = (docs / "channels/webchat.md").read_text(encoding="utf-8")
    assert [name for name in WebchatSettings.model_fields if f"| `{name}` |" not in settings] == []
    protocol = (docs / "webchat-protocol.md").read_text(encoding="utf-8")
    assert [code for code in get_args(Problem) if f"`{code}`" not in protocol] == []
