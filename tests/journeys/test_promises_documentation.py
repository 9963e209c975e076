"""The page of promises names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "promises.md"
_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def named() -> list[tuple[str, str]]:
    """Every file and test on the page, once."""
    return sorted(set(_NAMED.findall(PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("file", sorted({file for file, _ in named()}))
def test_every_named_test_is_there(file: str) -> None:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    defined = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {test for where, test in named() if where == file} <= defined


def test_every_promise_has_a_test() -> None:
    promises = re.split(r"^## (?=\d)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [promise[0] for promise in promises] == list("1234567")
    for promise in promises:
        assert _NAMED.search(promise), promise.splitlines()[0]
