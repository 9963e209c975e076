"""What a template becomes on each kind of channel, and how long it may take."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from time import thread_time
from typing import Any

import pytest

from hub.calendars import zone
from hub.message import Blob, Html, Media, Text, plain_text
from hub.replies import Key, Library, TemplateError
from hub.replies.files import file_name, key_of
from hub.replies.template import LONGEST_TIME
from hub.text import Money

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
FILE = Media(
    form="document",
    blob=Blob(key="ab/c", digest="d", size=3, media_type="application/pdf", name="prices.pdf"),
)
SOURCES = {
    Key("order", "en"): "Your order is on its way.",
    Key("order", "en", "html"): "<p>Dear {{ customer.name }}</p>",
    Key("order", "en", "telegram.txt"): "On its way",
    Key("order", "fa"): "سفارش شما در راه است.",
}


def library(sources: dict[Key, str], **more: Any) -> Library:
    return Library(sources, zone=zone("Asia/Tehran"), **more)


def text(source: str, locale: str = "en", **variables: Any) -> str:
    return plain_text(library({Key("t", locale): source}).render("t", locale, variables, now=NOW))


@pytest.mark.parametrize(
    ("locale", "channel", "said"),
    [
        ("en", None, "Your order is on its way."),
        ("en", "webchat", "Your order is on its way."),
        ("en", "telegram", "On its way"),
        # What is understood counts for more than what fits the channel.
        ("fa", "telegram", "سفارش شما در راه است."),
        ("de", "telegram", "On its way"),
    ],
)
def test_each_channel_gets_its_own_text_where_there_is_one(
    locale: str, channel: str | None, said: str
) -> None:
    content = library(SOURCES).render("order", locale, {}, channel=channel, now=NOW)
    assert content == (Text(text=said),)


def test_mail_gets_the_html_beside_the_text_with_everything_escaped() -> None:
    hostile = {"customer": {"name": '<img src=x onerror="alert(1)">'}}
    words, page = library(SOURCES).render("order", "en-GB", hostile, channel="mail", now=NOW)
    assert words == Text(text="Your order is on its way.")
    assert isinstance(page, Html)
    assert page.html.startswith('<div lang="en" dir="ltr">')
    assert "&lt;img src=x" in page.html
    assert "<img" not in page.html
    assert len(library(SOURCES).render("order", "fa", {}, channel="mail", now=NOW)) == 1, (
        "the HTML of another language is not sent beside a Persian text"
    )


def test_a_mail_may_have_a_subject_of_one_line() -> None:
    source = "{# Order #}\n--- subject: Order {{ conversation.number }}{{ customer.name }} ---\nHi"
    variables = {"conversation": {"number": 7}, "customer": {"name": "\r\nBcc: a@b.example"}}
    written = library({Key("t", "en"): source}).write("t", "en", variables, now=NOW)
    assert written.content == (Text(text="Hi"),)
    assert written.subject is not None
    assert "\n" not in written.subject
    assert "\r" not in written.subject
    with pytest.raises(TemplateError) as caught:
        library({Key("t", "en"): "--- subject: {{ nobody }} ---\nHi"}).write("t", "en", {}, now=NOW)
    assert caught.value.line == 1
    below = "Hi\n--- subject: x ---\n{{ nobody }}"
    with pytest.raises(TemplateError) as caught:
        library({Key("t", "en"): below}).write("t", "en", {}, now=NOW)
    assert caught.value.line == 3, "lines keep their numbers"


def test_files_go_along_in_their_language_or_in_every_one() -> None:
    made = library(SOURCES, files={("order", None): [FILE], ("order", "fa"): [FILE]})
    assert made.render("order", "en", {}, now=NOW)[1:] == (FILE,)
    assert made.render("order", "fa", {}, now=NOW)[1:] == (FILE, FILE)


def test_orders_are_listed_with_amounts_as_they_are_said() -> None:
    source = (
        "{% for one in purchases %}{{ one.number }}: {{ one.total | money }}\n{% endfor %}"
        "{{ purchases | length }} {{ purchases | length | plural('order', 'orders') }} "
        "{{ purchase.total | money('rial') }}"
    )
    orders = [
        {"number": number, "placed_at": NOW, "total": Money(amount, currency), "status": "paid"}
        for number, amount, currency in (("A1", 18_500_000, "IRR"), ("A2", 1250, "EUR"))
    ]
    given: dict[str, Any] = {"purchases": orders, "purchase": orders[0]}
    assert text(source, **given).split("\n") == [
        "A1: 1,850,000\u00a0toman",
        "A2: €12.50",
        "2 orders 18,500,000\u00a0rial",
    ]
    assert "۱٬۸۵۰٬۰۰۰" in text("{{ purchase.total | money }}", "fa", **given)
    for wrong in ("{{ purchase.total }}", "{{ customer.name | money }}"):
        with pytest.raises(TemplateError, match="money"):
            text(wrong, **given)
    assert text("x{% for one in purchases %}y{% endfor %}{{ purchase.number }}") == "x"


def test_links_are_those_that_are_set() -> None:
    made = library({Key("t", "en"): "{{ links.shop }}"}, links={"shop": "https://shop.example.org"})
    assert plain_text(made.render("t", "en", {}, now=NOW)) == "https://shop.example.org"


@pytest.mark.parametrize(
    "source",
    [
        # Loops that say nothing, over as much as can be had, with as much work in each turn.
        *(
            "{% for a in (customer.attributes.long | join('123456789012345678')) %}"
            f"{{% if ({work}) == 'x' %}}{{% endif %}}" + "{% endfor %}"
            for work in (
                "customer.attributes.long | join(customer.name) | upper | lower | title",
                " ~ ".join(["customer.attributes.long"] * 40),
            )
        ),
        "{% for a in customer.attributes.long %}"
        + "{{ customer.attributes.long | join('') | truncate(1) | length }}" * 15
        + "{% if loop.length %}{% endif %}{% endfor %}",
    ],
)
def test_no_template_holds_the_hub_up_or_fills_its_memory(source: str) -> None:
    customer = {"name": "nnnn", "attributes": {"long": "x" * 1000}}
    tracemalloc.start()
    begun = thread_time()
    with suppress(TemplateError):
        text(source, customer=customer)
    used, (_, most) = thread_time() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Tracing makes it several times slower than it is; the bound is looked at each time around.
    assert used < 8 * LONGEST_TIME
    assert most < 20_000_000


def test_a_silent_loop_is_ended() -> None:
    joined = "customer.attributes.long | join('aaaaaaaaaaaaaaaaaaa') | upper"
    work = f"{{% if ({joined}) == 'x' %}}{{% endif %}}"
    source = (
        "{% for a in (customer.attributes.long | join('aaaaaaaaaaaaaaaaaa')) %}"
        + work * 9
        + "{% endfor %}"
    )
    with pytest.raises(TemplateError, match="takes too long"):
        text(source, customer={"attributes": {"long": "x" * 1000}})


@pytest.mark.parametrize("name", ["a.en.txt.j2", "a-b.fa-AF.html.j2", "a.en.telegram.txt.j2"])
def test_files_are_called_after_what_they_hold(name: str) -> None:
    assert file_name(key_of(name)) == name
