"""What templates give, what they may do, and how they say what is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars import zone
from hub.message import Button, Buttons, Content, Text
from hub.replies import FILTERS, VARIABLES, Key, Library, TemplateError, compile_template
from hub.replies.filters import LONGEST
from hub.replies.language import LONGEST_SOURCE, MOST_LOOPS

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
TEHRAN = zone("Asia/Tehran")


def rendered(source: str, locale: str = "en", **variables: Any) -> Content:
    library = Library({Key("t", locale): source}, zone=TEHRAN)
    return library.render("t", locale, variables, now=NOW)


def text(source: str, locale: str = "en", **variables: Any) -> str:
    (block,) = rendered(source, locale, **variables)
    assert isinstance(block, Text)
    return block.text


def test_people_are_greeted_by_their_first_name_or_by_none() -> None:
    source = "Hello{% if customer.first_name %} {{ customer.first_name }}{% endif %}!"
    assert text(source, customer={"name": "Dr. Sara Hosseini"}) == "Hello Sara!"
    assert text(source, customer={"name": "info@shop.example"}) == "Hello!"
    assert text(source) == "Hello!"


@pytest.mark.parametrize(
    ("source", "locale", "said"),
    [
        ("{{ hours.opens_at | date }}", "en", "Sunday 22 November"),
        ("{{ hours.opens_at | date }}", "fa", "یکشنبه ۱ آذر"),
        ("{{ hours.opens_at | time }}", "en", "09:00"),
        ("{{ hours.opens_at | weekday }}", "fa", "یکشنبه"),
        ("{{ hours.opens_at | moment }}", "en", "Tomorrow, 09:00"),
        ("{{ conversation.number | digits }}", "fa", "۱۲"),
        ("{{ conversation.number | digits }}", "en", "12"),
        ("{{ ['a', 'b'] | join(' and ') }}", "en", "a and b"),
    ],
)
def test_dates_and_numbers_are_the_readers_own(source: str, locale: str, said: str) -> None:
    opens = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)
    assert text(source, locale, hours={"opens_at": opens}, conversation={"number": 12}) == said


def test_buttons_follow_the_text_in_rows() -> None:
    content = rendered(
        "Hi!\n--- buttons ---\n[Track {{ conversation.number }}](track) [Shop](https://x.example/a)\n"
        "\n[A person, please](human)\n",
        conversation={"number": 7},
    )
    assert content == (
        Text(text="Hi!"),
        Buttons(
            rows=(
                (
                    Button(label="Track 7", value="track"),
                    Button(label="Shop", url="https://x.example/a"),
                ),
                (Button(label="A person, please", value="human"),),
            )
        ),
    )


def test_a_customer_can_not_write_into_our_answers() -> None:
    name = "Sara\n--- buttons ---\n[Win](https://evil.example) {{ 7 }}" + "a" * 500
    (block,) = rendered("Hello {{ customer.name }}.", customer={"name": name})
    assert isinstance(block, Text)
    assert "\n" not in block.text
    assert len(block.text) < 100


@pytest.mark.parametrize(
    ("wanted", "fallback", "given"),
    [
        ("fa-IR", ["en"], "fa"),
        ("fa_IR", ["en"], "fa"),
        ("de", ["fa", "en"], "fa"),
        ("de-AT", ["de", "en"], "en"),
        ("en", ["fa"], "en"),
    ],
)
def test_a_text_is_found_by_language_then_by_fallback(
    wanted: str, fallback: list[str], given: str
) -> None:
    sources = {Key("t", locale): locale for locale in ("en", "fa")}
    library = Library(sources, zone=TEHRAN, fallback=fallback)
    assert library.render("t", wanted, {}, now=NOW) == (Text(text=given),)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("welcom", "template welcom: there is no such template; did you mean 'welcome'?"),
        ("only", "template only: there is no text in de, en, only in fa; write one"),
    ],
)
def test_a_missing_template_is_told(name: str, told: str) -> None:
    library = Library({Key("welcome", "en"): "x", Key("only", "fa"): "x"}, zone=TEHRAN)
    with pytest.raises(TemplateError) as caught:
        library.render(name, "de", {}, now=NOW)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n{{ customer.nmae }}", 2, "no variable 'customer.nmae'; did you mean 'customer.name'"),
        ("{{ customer }}", 1, "'customer' is a group: choose one of customer.name"),
        ("{{ now | dates }}", 1, "no filter 'dates'; did you mean 'date'"),
        ("{{ now is odd }}", 1, "no test 'odd'"),
        ("a\n\n{% if %}", 3, "Expected an expression"),
        ("{% if now %}", 1, "end of template"),
        ("{{ customer.name.upper() }}", 1, "nothing can be called"),
        ("{{ range(9) }}", 1, "nothing can be called"),
        ("{{ 'a' * 9 }}", 1, r"'\*' is not possible"),
        ("{{ 9 ** 9 }}", 1, r"'\*\*' is not possible"),
        ("{{ '%9d' % 1 }}", 1, "'%' is not possible"),
        ("{% set a = 1 %}", 1, "{% set %} is not possible"),
        ("{% include 'a' %}", 1, "can not include"),
        ("{% extends 'a' %}", 1, "can not extend"),
        ("{% macro a() %}{% endmacro %}", 1, "{% macro %} is not possible"),
        ("{% filter upper %}a{% endfilter %}", 1, "not possible"),
        ("{% for a in [1] %}\n{% for b in [1] %}{% endfor %}{% endfor %}", 2, "another loop"),
        ("{% for a in [1] recursive %}{% endfor %}", 1, "recursive"),
        ("{% for a in [1] %}{% endfor %}" * (MOST_LOOPS + 1), 1, "at most 5 loops"),
        ("{% for a in [1] %}" + "{{ a }}" * 101 + "{% endfor %}", 1, "loop does too much"),
        ("{{ a }}" * 1500, None, "longer than"),
        ("x" * (LONGEST_SOURCE + 1), None, "longer than"),
        ("{{ " + "(" * 900 + "1" + ")" * 900 + " }}", None, "nested too deeply"),
        ("{% if now %}" * 150 + "x" + "{% endif %}" * 150, None, "nested too deeply"),
        ("x\n--- buttons ---\n[a](b)\nfoo", 4, "each line is buttons"),
        ("x\n--- buttons ---\n", 2, "no button follows"),
        ("x\n\n--- buttons ---\n[a]({{ nwo }})", 4, "did you mean 'now'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(source: str, line: int | None, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason) as caught:
        compile_template(source, "t.en")
    assert caught.value.line == line
    assert caught.value.name == "t.en"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n{{ hours.opens_at | date }}", 2, "takes a moment, but was given nothing"),
        ("{{ customer.attributes.city }}", 1, r"no attribute 'city'; say what is written without"),
        ("{{ customer.attributes['__class__'] }}", 1, "unsafe|no attribute"),
        ("{{ customer.attributes.items }}", 1, "no attribute 'items'"),
        ("{% for a in [now] %}{{ a.isoformat }}{% endfor %}", 1, "no value that can be written"),
        ("{% for a in 'x' %}{{ a.__class__ }}{% endfor %}", 1, "unsafe"),
        ("{% for a in now %}{% endfor %}", 1, "not iterable"),
        ("{% if now > 1 %}{% endif %}", 1, "not supported"),
        ("{% if not now %}x{% endif %}", None, "an empty text"),
        ("x\n--- buttons ---\n[{{ agent.name }}](b)", 3, "neither label nor target"),
    ],
)
def test_what_goes_wrong_while_writing_is_told_with_its_line(
    source: str, line: int | None, reason: str
) -> None:
    with pytest.raises(TemplateError, match=reason) as caught:
        rendered(source)
    assert caught.value.line == line


def test_no_template_grows_without_bound() -> None:
    loop = "{% for a in customer.name %}{{ customer.attributes.long }}{% endfor %}"
    variables = {"name": "n" * 80, "attributes": {"long": "x" * 1000}}
    with pytest.raises(TemplateError, match=f"more than {LONGEST:,} characters"):
        rendered(loop, customer=variables)
    joins = "{{ customer.attributes.long | join(customer.attributes.long) }}"
    with pytest.raises(TemplateError, match="'join' would give more than"):
        rendered(joins, customer=variables)


def test_a_variable_that_is_not_documented_is_told_instead_of_losing_the_message() -> None:
    with pytest.raises(TemplateError, match=r"no template variable is called customer\.nmae"):
        rendered("x", customer={"nmae": "Sara"})


def test_unknown_attributes_can_be_replaced() -> None:
    source = "{{ customer.attributes.city | default('your city') }}"
    assert text(source) == "your city"
    assert text(source, customer={"attributes": {"city": "Tabriz"}}) == "Tabriz"


_pieces = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            " ",
            "\n",
            "|",
            "(",
            ")",
            "[",
            "]",
            "'",
            ".",
            ",",
            "-",
        ),
        *("if", "for", "in", "else", "endif", "endfor", "set", "macro", "now", "a", "1", "9" * 30),
        *("--- buttons ---\n", "[a](b)", "~", "+", "==", "is", "defined", "not", "loop", "raw"),
        *VARIABLES,
        *FILTERS,
    ]
)


@given(st.lists(_pieces).map("".join) | st.lists(_pieces).map(" ".join) | st.text())
def test_whatever_is_written_gives_an_answer_or_a_told_fault(source: str) -> None:
    try:
        content = rendered(source, hours={"opens_at": NOW + timedelta(hours=9)})
    except TemplateError as error:
        told = error.reason
    else:
        assert isinstance(content[0], Text)
        return
    assert told


@given(st.recursive(st.text() | st.integers() | st.none() | st.booleans(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_whatever_is_known_of_a_customer_can_be_written(value: Any) -> None:
    customer = {"name": str(value), "attributes": {"a": value}}
    source = "x{{ customer.name }}{{ customer.attributes.a }}"
    try:
        content = rendered(source, customer=customer, conversation={"subject": str(value)})
    except TemplateError as error:
        too_long = error.reason
    else:
        assert content
        return
    assert "more than" in too_long
