"""Direction by the words people wrote, per paragraph."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import direction, paragraphs, without_links

lines = st.text(st.sampled_from("abcسلام ۱1.،🙂‌\u200f\u202e@/`\n"), max_size=80)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iPhone 13 دارید؟", "rtl"),
        ("سلام", "rtl"),
        ("שלום", "rtl"),
        ("Hello", "ltr"),
        ("Привет", "ltr"),
        ("@mina_karimi سلام", "rtl"),
        ("https://shop.example/a/very/long/path?with=words سلام", "rtl"),
        ("mina.karimi@example.com ایمیل من", "rtl"),
        ("invoice-10482-final-version.pdf را دیدید؟", "rtl"),
        ("`SELECT name FROM customers` خطا می‌دهد", "rtl"),
        ("/start سلام", "rtl"),
        ("Hi, I ordered the bag «کیف چرمی نیلا» on Tuesday, order 10482. Where is it?", "ltr"),
        ("Please call آقای حسینی about the invoice", "ltr"),
        ("\u200f\u200fThanks", "ltr"),
        ("\u202eThanks", "ltr"),
    ],
)
def test_direction_follows_the_words(text: str, expected: str) -> None:
    assert direction(text) == expected


@pytest.mark.parametrize("text", ["", "123", "۱۲۳", "👍", "…", "https://shop.example", "@mina"])
def test_without_words_the_surroundings_decide(text: str) -> None:
    assert direction(text) == "ltr"
    assert direction(text, "rtl") == "rtl"


def test_each_paragraph_has_its_own_direction() -> None:
    assert paragraphs("سلام\nMy order is 10482\n\n12345\nممنون") == [
        ("rtl", "سلام"),
        ("ltr", "My order is 10482"),
        ("ltr", ""),
        ("ltr", "12345"),
        ("rtl", "ممنون"),
    ]


def test_a_beginning_without_words_goes_with_what_follows() -> None:
    assert paragraphs("10482\nسلام") == [("rtl", "10482"), ("rtl", "سلام")]


def test_code_between_fences_is_left_to_right() -> None:
    text = "این خطاست:\n```\nمقدار = 1\n```\nممنون"
    assert [way for way, _ in paragraphs(text)] == ["rtl", "ltr", "ltr", "ltr", "rtl"]


@given(lines)
def test_paragraphs_lose_nothing(text: str) -> None:
    assert "\n".join(line for _, line in paragraphs(text)) == text


@given(st.text())
def test_direction_never_raises_and_paragraphs_agree_on_single_lines(text: str) -> None:
    line = " ".join(text.split())
    if "```" not in line:
        assert paragraphs(line) == [(direction(line), line)]


@pytest.mark.parametrize("unit", ["a-", "a.", "..a", "`", "`a", "` ", "@", "a+", "http://", "-a"])
def test_long_runs_cost_time_in_proportion(unit: str) -> None:
    """Ten times the text may cost at most some forty times the work, not a hundred times."""

    def cost(size: int) -> float:
        text = unit * size + "a"
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            without_links(text)
            best = min(best, time.process_time() - start)
        return best

    assert cost(40_000) < 40 * cost(4_000) + 0.05
