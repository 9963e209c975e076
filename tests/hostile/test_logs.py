"""The log: no line is forged in it, no terminal is steered by it, no secret stands in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from hub.log import JsonFormatter, Redaction, TextFormatter, conceal, configure
from hub.store.database import Database
from tests.harness import running_hub

FORGED = "x\n2026-11-23 10:00:00.000Z INFO    hub.web: signed in agent=owner\r\x1b[2J\u2028\x9b1m"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def broken(words: str) -> logging.LogRecord:
    """A record of an exception that holds somebody's words."""
    try:
        raise ValueError(words)
    except ValueError as error:
        fault = (type(error), error, error.__traceback__)
        return logging.LogRecord("hub.x", logging.ERROR, "x", 1, "%s", (words,), fault)


@given(st.text(max_size=80).map(lambda words: f"{words}\n{FORGED}"))
def test_what_a_stranger_wrote_begins_no_line(words: str) -> None:
    written = TextFormatter(Redaction()).format(broken(words))
    first, *others = written.split("\n")
    assert "ERROR" in first
    assert all(line.startswith("  ") for line in others)
    assert all(c.isprintable() or c in "\n " for c in written if ord(c) < 0xA0)
    assert len(written.splitlines()) == len(others) + 1
    line = JsonFormatter(Redaction()).format(broken(words))
    assert len(line.splitlines()) == 1
    assert "error" in json.loads(line)


@pytest.mark.parametrize(
    "secret",
    [
        "payam_" + "aB3-_" * 9,
        "whsec_" + "aB3+/" * 8 + "=",
        "/join/" + "eyJhIjoxfQ.aB3.xyz" * 3,
        "/r/" + "IjAxOTNh.Z0.x" * 3,
        "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "https://user:hunter22@example.com/",
    ],
)
def test_what_has_the_form_of_a_secret_is_cut_out(secret: str) -> None:
    for formatter in (TextFormatter(Redaction()), JsonFormatter(Redaction())):
        told = formatter.format(broken(f"asked {secret} in vain"))
        assert secret not in told
        assert "***" in told


def test_a_secret_that_becomes_known_later_is_cut_out_too(stream: io.StringIO) -> None:
    configure("info", "text", secrets=["first secret"], stream=stream)
    conceal(["correct horse"])
    conceal([])
    logging.getLogger("hub.x").info("first secret and correct horse")
    assert stream.getvalue().count("***") == 2
    assert "horse" not in stream.getvalue()


async def test_the_password_of_an_account_is_known_once_it_is_open(
    tmp_path: Path, stream: io.StringIO
) -> None:
    configure("info", "json", stream=stream)
    password = "correct horse"
    account = {
        "kind": "mail",
        "address": "box@example.com",
        "password": password,
        "imap_host": "127.0.0.1",
        "imap_port": 9,
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,
    }
    async with running_hub(tmp_path, {"support": account}):
        logging.getLogger("hub.x").info("LOGIN box %s", password)
    assert "LOGIN box ***" in stream.getvalue()
    assert password not in stream.getvalue()


@pytest.mark.both(full=True)
async def test_an_error_of_the_database_names_no_values(database: Database) -> None:
    def fail(session: Session) -> None:
        session.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "my card number"})

    with pytest.raises(SQLAlchemyError) as caught:
        await database.read(fail)
    assert "card" not in str(caught.value)
