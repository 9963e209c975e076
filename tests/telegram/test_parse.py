"""Every documented update is read as recorded, and nothing at all makes the parser raise."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.telegram.parse import parse_update
from channels.telegram.presses import pressed
from hub.message import Edit, Message, Text, Unparsed, dump_content, load_content

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))


def read(update: Any) -> dict[str, Any]:
    inbound = parse_update(update, "sales-bot", now=NOW)
    return inbound.model_dump(mode="json", exclude={"raw"}, exclude_defaults=True) | {
        "type": inbound.type
    }


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_corpus_is_read_as_recorded(path: Path) -> None:
    case = json.loads(path.read_text())
    assert read(case["update"]) == case["expect"]


def test_the_original_rides_along_untouched() -> None:
    original = b'{ "update_id":1,\n"message":{"message_id":2,"chat":{"id":3}, "text":"\\u06a9"} }'
    inbound = parse_update(json.loads(original), "sales-bot", now=NOW, raw=original)
    assert inbound.raw is not None
    assert inbound.raw.body == original


def test_the_same_number_in_two_chats_is_two_messages() -> None:
    ids = {
        parse_update(
            {"update_id": chat, "message": {"message_id": 5, "chat": {"id": chat}, "text": "x"}},
            "sales-bot",
            now=NOW,
        ).external_id
        for chat in (1, 2)
    }
    assert len(ids) == 2


def test_two_edits_within_one_second_are_two_and_a_redelivered_one_is_one() -> None:
    def edit(number: int, text: str) -> Edit:
        message = {
            "message_id": 5,
            "chat": {"id": 1},
            "from": {"id": 1},
            "date": 1795300000,
            "edit_date": 1795300001,
            "text": text,
        }
        update = {"update_id": number, "edited_message": message}
        inbound = parse_update(update, "sales-bot", now=NOW)
        assert isinstance(inbound, Edit)
        return inbound

    assert edit(10, "first").digest != edit(11, "second").digest
    assert edit(10, "first").digest == edit(10, "first").digest


def test_people_of_another_network_have_an_address_space_of_their_own() -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 9}, "from": {"id": 9}}}
    inbound = parse_update(update, "bale-bot", now=NOW, network="bale")
    assert isinstance(inbound, Message)
    assert (inbound.sender.kind, inbound.sender.address) == ("bale", "9")


def test_what_no_database_takes_is_replaced_without_moving_the_formatting() -> None:
    message = {
        "message_id": 1,
        "chat": {"id": 9},
        "from": {"id": 9, "first_name": "\x00"},
        "text": "a\x00\ud83d bold",
        "entities": [{"type": "bold", "offset": 4, "length": 4}],
    }
    inbound = parse_update({"update_id": 1, "message": message}, "sales-bot", now=NOW)
    assert isinstance(inbound, Message)
    (text,) = inbound.content
    assert isinstance(text, Text)
    assert text.text == "a\ufffd\ufffd bold"
    assert text.text[text.entities[0].offset :][: text.entities[0].length] == "bold"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def names(value: Any) -> set[str]:
    """Every field name within a value."""
    match value:
        case dict():
            return set(value).union(*map(names, value.values()))
        case list():
            return set().union(*map(names, value))
        case _:
            return set()


UPDATES = [json.loads(path.read_text())["update"] for path in CORPUS]
NAMES = sorted(names(UPDATES))
PARTS = sorted(set(NAMES) - {"message_id", "chat"})


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A documented update in which some values were replaced by anything."""

    def damage(value: Any) -> Any:
        if draw(st.integers(0, 9)) == 0:
            return draw(JSON)
        match value:
            case dict():
                return {name: damage(inner) for name, inner in value.items()}
            case list():
                return [damage(inner) for inner in value]
            case _:
                return value

    return damage(draw(st.sampled_from(UPDATES)))


@given(
    st.one_of(
        JSON,
        damaged(),
        st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6),
        st.fixed_dictionaries(
            {
                "update_id": st.integers(),
                "message": st.fixed_dictionaries(
                    {"message_id": st.integers(), "chat": st.just({"id": 1})},
                    optional=dict.fromkeys(PARTS, JSON),
                ),
            }
        ),
    )
)
def test_nothing_makes_the_parser_raise(update: Any) -> None:
    inbound = parse_update(update, "sales-bot", now=NOW)
    assert inbound.raw is not None
    assert inbound.raw.body
    pressed(update)
    # The original may hold anything, half a surrogate pair included; the rest can be stored.
    stored = inbound.model_dump_json(exclude={"raw"})
    stored.encode()
    assert "\\u0000" not in stored
    if isinstance(inbound, Message):
        assert inbound.content
        assert load_content(dump_content(inbound.content)) == inbound.content
    if isinstance(inbound, Unparsed):
        assert inbound.reason
