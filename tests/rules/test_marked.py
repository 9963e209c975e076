"""YAML with lines: what is read, what is refused, and that nothing can exhaust it."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hub.rules.marked import DEEPEST, MOST_NODES, MarkedYamlError, parse_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("22:30", "22:30"),
        ("2026-03-20", "2026-03-20"),
        ("true", True),
        ("~", None),
        ("12", 12),
        ("-1.5", -1.5),
        ("'12'", "12"),
        ("0777", 777),
        ("1e999", "1e999"),
        ("سلام", "سلام"),
    ],
)
def test_scalars_follow_yaml_1_2(written: str, value: object) -> None:
    assert parse_yaml(f"a: {written}").plain() == {"a": value}


def test_lines_are_found_by_path() -> None:
    node = parse_yaml("a:\n  b:\n    - 1\n    -\n      c: 2\n")
    assert node.line_at(("a", "b", 1, "c")) == 5
    assert node.line_at(("a", "b", 1, "missing", 3)) == 5
    assert node.line_at(("a",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "stands here already, in line 1"),
        ("a: 1\nb: [1\n", 3, "flow sequence"),
        ("a: !!python/object:os.system x", 1, "tag"),
        ("a: *b", 1, "nothing before this line is marked &b"),
        ("a: &a [*a]", 1, "nothing before this line is marked &a"),
        ("1: a", 1, "a key is a word"),
        ("[a]: b", 1, "a key is a word"),
        ("a: 1\n---\nb: 2", 2, "more than one document"),
        ("a: \x00", 1, "control character"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), 1, "nested more than"),
    ],
)
def test_what_can_not_be_read_is_told_by_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(MarkedYamlError, match=reason) as caught:
        parse_yaml(text)
    assert caught.value.line == line


def test_aliases_repeat_a_value() -> None:
    assert parse_yaml("a: &x [1, 2]\nb: *x").plain() == {"a": [1, 2], "b": [1, 2]}


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(MarkedYamlError, match=f"{MOST_NODES:,} values"):
        parse_yaml("\n".join(lines))


_scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text()
_data = st.recursive(
    _scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=20,
)


@given(_data)
def test_what_yaml_writes_is_read_back(data: Any) -> None:
    # The writer follows YAML 1.1, so text is quoted to keep "1_000" and the like text.
    text = yaml.dump(data, Dumper=_Quoting, allow_unicode=True)
    assert parse_yaml(text).plain() == data


class _Quoting(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)

_PIECES = (
    *("a", "- ", ": ", "\n", "  ", "{", "}", "[", "]", "&a ", "*a ", "!x ", "|\n", "> ", "'", '"'),
    *("---", "...", "%YAML 1.1\n", "? ", ", ", "#", "\t", "\\x", "\\U0011FFFF", "<<", "\ufeff"),
)
_yamlish = st.lists(st.sampled_from(_PIECES)).map("".join)


@given(st.text() | _yamlish)
@example("\ud800")
@example('"\\UFFFFFFFF"')
@example("%YAML 99999999999999999999.1\n--- a")
def test_whatever_is_written_there_is_a_value_or_a_told_fault(text: str) -> None:
    try:
        node = parse_yaml(text)
    except MarkedYamlError as error:
        line, reason = error.line, error.reason
    else:
        node.plain()
        return
    assert 1 <= line <= text.count("\n") + text.count("\r") + 3
    assert reason
