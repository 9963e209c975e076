"""Signing in with OAuth tokens, at a Dovecot that asks a provider whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from channels.mail.adapter import MailChannel
from channels.mail.imap import ImapConnection, SignInRefused
from channels.mail.oauth import TokenRefused, Tokens
from channels.mail.settings import MailSettings
from hub.channel import DeliveryError
from tests.mail.conftest import MakeSettings, is_waiting, reading
from tests.mail.host import MemoryHost, account_of
from tests.mail.mails import plain_mail
from tests.mail.outbound import answer
from tests.mail_servers import Mailbox, MailServers


@pytest.fixture
def oauth_settings(
    make_settings: MakeSettings, mail_servers: MailServers, box: Mailbox
) -> MailSettings:
    return make_settings(
        password=None,
        oauth_endpoint=f"http://127.0.0.1:{mail_servers.ports.oauth}/token",
        oauth_client_id="payam",
        oauth_refresh_token=f"refresh {box.address}",
    )


async def test_mail_is_read_and_sent_with_a_token(
    mail_servers: MailServers, box: Mailbox, ann: Mailbox, oauth_settings: MailSettings
) -> None:
    async with reading(oauth_settings) as host:
        await is_waiting(host)
        mail_servers.append(box, plain_mail(1))
        await host.until_accepted(1)
    channel = MailChannel(host.account)
    await channel.send(answer(ann.address), host)
    assert all(one.ok for one in await channel.check())
    await channel.close()
    mail_servers.wait_for_mails(ann, 1)


async def test_a_refused_token_is_told_and_nobody_waits(oauth_settings: MailSettings) -> None:
    connection = await ImapConnection.open(oauth_settings)
    try:
        with pytest.raises(SignInRefused, match=r"refused 'support"):
            await connection.log_in("expired")
    finally:
        connection.close()


async def test_a_refused_token_holds_the_account_when_sending(oauth_settings: MailSettings) -> None:
    host = MemoryHost(account_of(oauth_settings))
    channel = MailChannel(host.account)
    assert channel._tokens is not None
    channel._tokens._token, channel._tokens._ends = "expired", float("inf")
    with pytest.raises(DeliveryError, match=r"refused 'support") as caught:
        await channel.send(answer(), host)
    assert (caught.value.permanent, caught.value.scope) == (False, "account")
    # The next attempt brings a fresh one.
    await channel.send(answer(oauth_settings.address), host)
    await channel.close()


async def test_a_withdrawn_grant_is_told(oauth_settings: MailSettings) -> None:
    settings = oauth_settings.model_copy(update={"oauth_refresh_token": SecretStr("withdrawn")})
    host = MemoryHost(account_of(settings))
    with pytest.raises(TokenRefused, match=r"400 invalid_grant; grant the access anew"):
        await MailChannel(host.account).receive(host)
    findings = await MailChannel(host.account).check()
    assert [one.ok for one in findings] == [False, False]


async def test_a_token_is_asked_for_once_and_again_before_it_ends(
    oauth_settings: MailSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [0.0]
    tokens = Tokens(oauth_settings, clock=lambda: times[-1])
    asked = 0
    renew = tokens._renew

    async def counted() -> Any:
        nonlocal asked
        asked += 1
        return await renew()

    monkeypatch.setattr(tokens, "_renew", counted)
    for time in (0.0, 100.0, 3400.0, 3500.0):
        times.append(time)
        await tokens.current()
    assert asked == 2
    tokens.forget()
    await tokens.current()
    assert asked == 3
