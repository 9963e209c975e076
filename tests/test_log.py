"""The log: one line an event, bound values in every line, secrets in none."""

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.log import JsonFormatter, Redaction, TextFormatter, bound, bound_values, configure

TOKEN = "123456789:AAF-sample_sample_sample_sample_sam"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards the process logs as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {
        name: logger.level
        for name, logger in logging.Logger.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_json_object_with_what_is_bound(stream: io.StringIO) -> None:
    configure("info", "json", stream=stream)
    log = logging.getLogger("hub.intake")
    with bound(message="m1", account="sales-bot"):
        log.info("stored %d", 3, extra={"conversation": 7})
        with bound(account=None, attempt=2):
            log.warning("پیام")
    log.debug("not written")
    first, second = lines(stream)
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "hub.intake",
        "text": "stored 3",
        "message": "m1",
        "account": "sales-bot",
        "conversation": 7,
    }
    assert (second["text"], second["message"], second["attempt"]) == ("پیام", "m1", 2)
    assert "account" not in second
    assert bound_values() == {}


async def test_what_is_bound_goes_along_into_tasks_and_no_further(stream: io.StringIO) -> None:
    configure("info", "json", stream=stream)

    async def work(name: str) -> None:
        with bound(message=name):
            await asyncio.sleep(0)
            logging.getLogger("x").info("worked")

    with bound(account="a"):
        await asyncio.gather(work("one"), work("two"))
    assert [(line["account"], line["message"]) for line in lines(stream)] == [
        ("a", "one"),
        ("a", "two"),
    ]


def test_a_traceback_stands_in_the_same_line(stream: io.StringIO) -> None:
    configure("info", "json", stream=stream)
    try:
        raise RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe")
    except RuntimeError:
        logging.getLogger("x").exception("failed")
    (line,) = lines(stream)
    assert "RuntimeError: https://api.telegram.org/bot***/getMe" in line["error"]
    assert "Traceback" in line["error"]


def test_what_a_stranger_wrote_begins_no_line_of_its_own(stream: io.StringIO) -> None:
    configure("info", "text", stream=stream)
    with bound(name="a\nERROR b"):
        logging.getLogger("x").info("said %s", "hello\r\n2026 ERROR forged\x1b[31m\u2028")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(r"x: said hello\r\n2026 ERROR forged\u001b[31m\u2028 name=a\nERROR b")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getUpdates", "/bot***/getUpdates"),
        (f"token is {TOKEN}.", "token is ***."),
        ("postgresql://payam:pa%20ss@db/payam", "postgresql://payam:***@db/payam"),
        ("redis://:hunter22@db", "redis://:***@db"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("GET /x?access_token=abc&a=1", "access_token=***&a=1"),
        ("password=hunter2, user=x", "password=***, user=x"),
        ('said open"sesame\\ here', "said *** here"),
        ("went to 127.0.0.1:8080 at 12:30:45", "went to 127.0.0.1:8080 at 12:30:45"),
        ("see https://example.org/a:b@c", "see https://example.org/a:b@c"),
    ],
)
def test_secrets_are_cut_out(stream: io.StringIO, form: Any, text: str, written: str) -> None:
    configure("info", form, secrets=['open"sesame\\', "ab"], stream=stream)
    logging.getLogger("x").info("%s", text)
    found = lines(stream)[0]["text"] if form == "json" else stream.getvalue()
    assert written in found


def test_libraries_do_not_report_each_request(stream: io.StringIO) -> None:
    configure("info", "text", stream=stream)
    logging.getLogger("httpx").info("HTTP Request: POST …")
    logging.getLogger("httpx").warning("odd")
    assert len(stream.getvalue().splitlines()) == 1


def test_warnings_are_written_too(stream: io.StringIO) -> None:
    configure("info", "text", stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old way", stacklevel=1)
    assert "old way" in stream.getvalue()


def test_configuring_again_replaces_the_former_way(stream: io.StringIO) -> None:
    configure("info", "text", stream=stream)
    configure("error", "text", stream=stream)
    logging.getLogger("x").info("one")
    logging.getLogger("x").error("two")
    assert len(stream.getvalue().splitlines()) == 1


@given(st.text(), st.text())
def test_every_record_becomes_one_line_that_can_be_read(text: str, value: str) -> None:
    record = logging.makeLogRecord({"name": "x", "msg": text, "levelname": "INFO", "extra": value})
    line = JsonFormatter(Redaction())
    assert len(line.format(record).splitlines()) == 1
    assert json.loads(line.format(record))["level"] == "info"
    assert len(TextFormatter(Redaction()).format(record).splitlines()) == 1
    line.format(record).encode()
