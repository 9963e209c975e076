"""Rows as CSV (RFC 4180) that spreadsheets open as they are meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

MARK: Final = b"\xef\xbb\xbf"
"""Stands before the first line: spreadsheets know UTF-8 by it only."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows of cells, written; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """People's words begin no formula when the file is opened (OWASP, CSV Injection)."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
