"""Names, badges and greetings, in both scripts; digits; the guessed language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import display_name, first_name, initials, language, to_latin, to_persian, visible

anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Mina Karimi", None, "Mina Karimi"),
        ('"Karimi, Mina"', None, "Mina Karimi"),
        ("Acme, Inc.", None, "Acme, Inc."),
        ("  «مینا کریمی» ", None, "مینا کریمی"),
        ("\u202eMina\u200b", None, "Mina"),
        (None, "mina.karimi@example.com", "mina.karimi"),
        ("\u200c", "@mina", "@mina"),
        ("👍", "mina@example.com", "mina"),
        ("👍", None, "👍"),
        (None, None, ""),
    ],
)
def test_display_names(name: str | None, address: str | None, shown: str) -> None:
    assert display_name(name, address=address) == shown


@pytest.mark.parametrize(
    ("name", "badge"),
    [
        ("Mina Karimi", "MK"),
        ("مینا کریمی", "م\u200cک"),
        ("mina", "M"),
        ("مینا", "م"),
        ("Dr. Sara B. Hosseini", "SH"),
        ("دکتر سارا حسینی", "س\u200cح"),
        ("Karimi, Mina", "MK"),
        ("sara_hosseini", "SH"),
        ("(Sara) [Amini]", "SA"),
        ("👩‍👩‍👧 Ali", "A"),
        ("李小龙", "李"),
        ("é́lan", "É́"),
        ("👍", ""),
        ("", ""),
    ],
)
def test_initials(name: str, badge: str) -> None:
    assert initials(name) == badge


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Mina Karimi", "Mina"),
        ("Karimi, Mina", "Mina"),
        ("Dr. Sara Hosseini", "Sara"),
        ("مینا کریمی", "مینا"),
        ("دکتر سارا حسینی", "سارا"),
        ("محمد رضا کریمی", "محمد رضا"),
        ("محمد رضایی", "محمد"),
        ("علی‌رضا نوری", "علی‌رضا"),
        ("خانم سارا حسینی", "سارا"),
        ("آقای کریمی", None),
        ("Mr. Karimi", None),
        ("شرکت نمونه", None),
        ("Sample Shop Ltd.", None),
        ("mina@example.com", None),
        ("mina_k", None),
        ("User 7", None),
        ("👍", None),
        ("", None),
    ],
)
def test_first_names(name: str, greeted: str | None) -> None:
    assert first_name(name) == greeted


@given(anything)
def test_names_never_raise_and_stay_visible(name: str) -> None:
    shown = display_name(name)
    assert len(shown.split("\n")) == 1
    assert visible(shown) == shown
    assert len(initials(name).replace("\u200c", "")) <= 40
    first_name(name)


@given(st.integers())
def test_digits_read_back(number: int) -> None:
    assert to_latin(to_persian(str(number))) == str(number)
    assert int(to_persian(str(number))) == number


def test_arabic_digits_become_either() -> None:
    assert to_persian("٤٥٦") == "۴۵۶"
    assert to_latin("٤٥٦ ۴۵۶") == "456 456"


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("سلام", "fa"),
        ("هنوز پول من برنگشته", "fa"),
        ("سلام، لطفا فاكتور من را بفرستيد", "fa"),  # typed on an Arabic keyboard
        ("iPhone 13 دارید؟", "fa"),
        ("باشه", "fa"),
        ("أريد فاتورة من فضلك", "ar"),
        ("السلام عليكم", "ar"),
        ("شكرا", "ar"),
        ("Where is my order?", "en"),
        ("invoice", "en"),
        ("café", "en"),
        ("Danke für die schnelle Antwort", None),
        ("Hola, gracias", None),
        ("Привет", None),
        ("مجھے آرڈر چاہیے", None),
        ("https://shop.example/order", None),
        ("👍 123", None),
        ("", None),
    ],
)
def test_the_language_is_guessed(text: str, guess: str | None) -> None:
    assert language(text) == guess


@given(anything)
def test_guessing_never_raises(text: str) -> None:
    assert language(text) in {"fa", "ar", "en", None}
