"""Words with formatting and links: nothing is lost, and a link says where it truly leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.message import Entity
from hub.security.html import clean_html
from hub.web.letter import with_hosts
from hub.web.rich import lines, link_to

FORMS = st.sampled_from(
    ["bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "mention"]
)
ENTITIES = st.lists(
    st.builds(
        Entity,
        form=FORMS,
        offset=st.integers(0, 60),
        length=st.integers(1, 80),
        url=st.sampled_from([None, "https://shop.example", "javascript:alert(1)", "http://["]),
    ),
    max_size=6,
)


@given(st.text(max_size=80), ENTITIES)
def test_every_letter_stands_where_it_stood(text: str, entities: list[Entity]) -> None:
    shown = "\n".join("".join(part.text for part in parts) for _, parts in lines(text, entities))
    assert shown == text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n")
    for _, parts in lines(text, entities):
        for part in parts:
            assert part.link is None or part.link.url.startswith(("http", "mailto:", "tel:"))


def test_formatting_may_overlap_and_cross_lines() -> None:
    entities = [Entity(form="bold", offset=0, length=7), Entity(form="italic", offset=2, length=2)]
    (_, first), (_, second) = lines("abcd\nefgh", entities)
    assert [(one.text, one.tags) for one in first] == [
        ("ab", ("b",)), ("cd", ("b", "i")),
    ]  # fmt: skip
    assert [(one.text, one.tags) for one in second] == [("ef", ("b",)), ("gh", ())]


@pytest.mark.parametrize(
    ("url", "words", "host", "doubt"),
    [
        ("https://shop.example/a", "https://shop.example/a", "shop.example", None),
        ("https://www.shop.example", "shop.example", "www.shop.example", None),
        ("https://shop.example", "our shop", "shop.example", None),
        ("https://evil.example", "shop.example", "evil.example", "elsewhere"),
        ("https://shop.example@evil.example", "here", "evil.example", "name"),
        ("https://p\u0430ypal.com", "p\u0430ypal.com", "xn--pypal-4ve.com", "letters"),
        ("https://xn--pypal-4ve.com", "here", "xn--pypal-4ve.com", "letters"),
        ("https://shop.example/\u202egpj", "here", "shop.example", "letters"),
        ("https://فروشگاه.example", "فروشگاه.example", "xn--mgbtj4c7ad63e.example", None),
    ],
)
def test_a_link_says_where_it_leads(url: str, words: str, host: str, doubt: str | None) -> None:
    link = link_to(url, words)
    assert link is not None
    assert link.doubt == doubt
    assert link.host == host


def test_a_mail_s_links_say_where_they_lead_when_their_words_lie() -> None:
    shown = with_hosts(
        clean_html(
            '<a href="https://evil.example/x?a=1&amp;b=2"><b>https://bank</b>.example</a>'
            '<a href="https://bank.example">bank.example</a><a href="mailto:a@b.example">us</a>'
        ).html
    )
    assert shown.count("data-leads") == 1
    assert 'data-leads="evil.example"' in shown
    assert "<b>https://bank</b>.example</a>" in shown
    assert "a=1&amp;b=2" in shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "http://[", ""])
def test_what_nobody_should_follow_is_no_link(url: str) -> None:
    assert link_to(url, "here") is None
