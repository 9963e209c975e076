"""The markup that agents write in: read, written back, and fitted to a channel."""

from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.markup import carried, formatted, written


def shapes(source: str) -> tuple[str, list[tuple[str, str]]]:
    text = formatted(source)
    return text.text, [
        (one.form, text.text[one.offset : one.offset + one.length]) for one in text.entities
    ]


def test_marks_become_formatting_and_leave_their_words() -> None:
    assert shapes("a **bold _and_ more** word") == (
        "a bold and more word",
        [("bold", "bold and more"), ("italic", "and")],
    )
    assert shapes("سلام **مینا**، `x_y`") == ("سلام مینا، x_y", [("bold", "مینا"), ("code", "x_y")])
    assert shapes("~~old~~ [our shop](https://example.org/a_b)") == (
        "old our shop",
        [("strike", "old"), ("link", "our shop")],
    )
    assert shapes("- one\n- two\n> said\n> so\n```\nlet **x**\n```\nend") == (
        "• one\n• two\nsaid\nso\nlet **x**\nend",
        [("quote", "said\nso"), ("pre", "let **x**")],
    )


def test_what_is_no_mark_stays() -> None:
    for plain in ("5 * 3 ** 2", "snake_case_name", "[x](javascript:alert)", "``", "> ", "~~ ~~"):
        assert shapes(plain) == (plain, []), plain
    assert shapes(r"\*\*not bold\*\*") == ("**not bold**", [])


@given(st.text(alphabet="ab می‌\n *_~`[]()\\>-•x", max_size=60))
def test_what_is_written_back_reads_the_same(source: str) -> None:
    text = formatted(source)
    assert formatted(written(text)) == text


@given(st.text(alphabet="ab *_~`\n>-[](https://e.org)", max_size=60))
def test_no_formatting_reaches_beyond_its_words(source: str) -> None:
    text = formatted(source)
    for one in text.entities:
        assert 0 <= one.offset < one.offset + one.length <= len(text.text)


def test_a_channel_without_links_says_the_address() -> None:
    text = formatted("see **[the shop](https://example.org)** now")
    plain = carried(text, {"bold"})
    assert plain.text == "see the shop (https://example.org) now"
    assert [(one.form, one.offset, one.length) for one in plain.entities] == [("bold", 4, 30)]
    assert carried(text, ()).entities == ()
