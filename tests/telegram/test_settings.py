"""Settings are refused with words that help, and never show a secret."""

import logging
from typing import Any

import pytest
from pydantic import ValidationError

from channels.telegram import channel
from channels.telegram.api import open_line
from channels.telegram.settings import TelegramSettings

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def settings(**given: Any) -> TelegramSettings:
    return TelegramSettings.model_validate({"token": TOKEN} | given)


@pytest.mark.parametrize("token", ["", "abc", "12345", ":secret", "x:y", "1:a/b", "۱۲:abc"])
def test_a_token_of_another_shape_is_refused_with_advice(token: str) -> None:
    with pytest.raises(ValidationError, match="BotFather"):
        settings(token=token)


def test_blanks_around_a_copied_token_do_not_matter() -> None:
    assert settings(token=f" {TOKEN}\n").token.get_secret_value() == TOKEN


@pytest.mark.parametrize("secret", ["", "a b", "x" * 257, "ï"])
def test_a_webhook_secret_that_telegram_refuses_is_refused_here(secret: str) -> None:
    with pytest.raises(ValidationError):
        settings(webhook_secret=secret)


def test_the_derived_secret_is_stable_fits_telegram_and_is_not_the_token() -> None:
    secret = settings().secret_token()
    assert secret == settings().secret_token()
    assert secret != settings(token="42:other").secret_token()
    assert settings(webhook_secret=secret).secret_token() == secret
    assert TOKEN not in secret


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        settings(tokken="x")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "telegram"),
        ({"base_url": "http://127.0.0.1:8081"}, "telegram"),
        ({"base_url": "https://tapi.bale.ai/bot"}, "bale"),
        ({"base_url": "https://bot-api.example", "network": "bale"}, "bale"),
    ],
)
def test_each_network_has_its_own_people(given: dict[str, str], kind: str) -> None:
    assert settings(**given).address_kind() == kind


async def test_files_and_calls_go_to_the_same_server() -> None:
    line = open_line(settings(base_url="https://tapi.bale.ai/bot"))
    assert line.bot.base_url == f"https://tapi.bale.ai/bot{TOKEN}"
    assert line.bot.base_file_url == f"https://tapi.bale.ai/file/bot{TOKEN}"
    await line.close()


def test_the_token_is_shown_neither_in_settings_nor_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    open_line(settings())
    with caplog.at_level(logging.INFO, logger="httpx"):
        logging.getLogger("httpx").info("HTTP Request: POST %s", f"https://x/bot{TOKEN}/getMe")
    assert "bot110201543:…/getMe" in caplog.text
    assert "AAHdq" not in caplog.text + repr(settings()) + settings().model_dump_json()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in channel.settings.model_fields.values())
