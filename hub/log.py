"""What the process writes about itself: one line an event, for people or for a collector.

Whatever is bound (`with bound(message=…, account=…)`) stands in every line written within, also by
libraries and in tasks started there, so that one message can be followed through all its hops.
Secrets are cut out of the finished line, whoever wrote it and however they got into it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, TextIO

_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))

MASK = "***"
_SHORTEST_SECRET = 6

# Libraries that report every request at "info", with its address.
_CHATTY = ("httpx", "httpcore", "telegram", "aioimaplib", "websockets", "uvicorn.access")

# No pattern reaches across a quote, a backslash or white space, so a line stays valid JSON.
_SECRET_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    # The Bot API carries the token in the path: /bot123456:ABC…/getUpdates
    (re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{30,}", re.ASCII), MASK),
    (re.compile(r"(?<=://)([^\s\"'\\/:@]*):[^\s\"'\\/@]+@"), rf"\1:{MASK}@"),
    (
        re.compile(
            r"\b(Authorization\W{1,4}(?:\w+\s+)?|Bearer\s+|XOAUTH2\s+)[A-Za-z0-9+/=._~-]{12,}",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    # Tokens of the API, secrets of webhooks, and links that are good by themselves.
    (re.compile(r"\bpayam_[A-Za-z0-9_-]{30,}"), f"payam_{MASK}"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]{16,}"), f"whsec_{MASK}"),
    (re.compile(r"(/(?:join|first|r|n)/)[A-Za-z0-9._~-]{20,}"), rf"\1{MASK}"),
    (
        re.compile(
            r"\b((?:access_|refresh_|id_)?token|password|passwd|secret|api_?key|signature)="
            r"[^\s\"'\\&;,)]+",
            re.IGNORECASE,
        ),
        rf"\1={MASK}",
    ),
)

_OF_A_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Written so that a terminal does not act on them and JSON stays JSON.
_CONTROLS = {c: f"\\u{c:04x}" for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_CONTROLS |= {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}


@contextmanager
def bound(**values: object) -> Iterator[None]:
    """Put `values` (ids, names) into every line that is written inside, in this task and those
    that it starts. An inner binding of the same name wins; None takes the name out."""
    merged = {**_bound.get(), **values}
    token = _bound.set({name: value for name, value in merged.items() if value is not None})
    try:
        yield
    finally:
        _bound.reset(token)


def bound_values() -> Mapping[str, object]:
    """What is bound here."""
    return _bound.get()


def configure(
    level: str = "info",
    form: Literal["text", "json"] = "text",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Write the log of the whole process to `stream` (standard error) from now on.

    level: the least important level, by its name. secrets: passwords and tokens of this
    installation, which are cut out wherever they turn up, apart from what is known by its form.
    """
    redact = Redaction(secrets)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if form == "json" else TextFormatter(redact))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def conceal(secrets: Iterable[str]) -> None:
    """Keep these out of every line too, from now on: those of accounts are known when one is
    opened."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, JsonFormatter | TextFormatter):
            handler.formatter.redact.learn(secrets)


class Redaction:
    """Cuts secrets out of text: those it was told, and what has the form of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._told: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Know these as well."""
        forms = self._forms.union(
            form
            for secret in secrets
            if len(secret) >= _SHORTEST_SECRET
            for form in (secret, *_inside_json(secret))
        )
        if forms != self._forms:
            longest_first = sorted(forms, key=len, reverse=True)
            self._forms = forms
            self._told = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        if self._told:
            text = self._told.sub(MASK, text)
        for form, masked in _SECRET_FORMS:
            text = form.sub(masked, text)
        return text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, text, what is bound, what was given as extra,
    and the traceback as `error`."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        line: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        for name, value in _values(record).items():
            line.setdefault(name, value)
        if error := _error(self, record):
            line["error"] = error
        text = json.dumps(line, ensure_ascii=False, default=str)
        return self.redact(_encodable(text).translate(_CONTROLS))


class TextFormatter(logging.Formatter):
    """A line for people: time, level, logger, text, then name=value; a traceback follows."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        time = _time(record).isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
        values = "".join(f" {name}={value}" for name, value in _values(record).items())
        line = f"{time}Z {record.levelname:<7} {record.name}: {record.getMessage()}{values}"
        # What a stranger wrote must not be able to begin a line of its own.
        line = line.translate(_CONTROLS)
        if error := _error(self, record):
            # Nor what stands in an exception: all of it is set in.
            inner = (f"  {one.translate(_CONTROLS)}" for one in error.splitlines())
            line = "\n".join([line, *inner])
        return self.redact(_encodable(line))


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _values(record: logging.LogRecord) -> dict[str, object]:
    extra = {name: value for name, value in vars(record).items() if name not in _OF_A_RECORD}
    return {**_bound.get(), **extra}


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)


def _inside_json(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
