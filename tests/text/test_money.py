"""Amounts: read as they are written in English and Persian, kept in whole minor units."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import Money, format_money, minor_digits, parse_money

currencies = st.sampled_from(["IRR", "EUR", "USD", "KWD", "JPY", "CHF", "AED"])
amounts = st.integers(-(2**62), 2**62)


@pytest.mark.parametrize(
    ("text", "rial"),
    [
        ("۱۲۵٬۰۰۰ تومان", 1_250_000),
        ("125.000 تومان", 1_250_000),
        ("125,000 toman", 1_250_000),
        ("۱۲۵۰۰۰ تومن", 1_250_000),
        ("۱۲۵ هزار تومان", 1_250_000),
        ("25k toman", 250_000),
        ("۱٫۵ میلیون تومان", 15_000_000),
        ("۱ میلیون و ۲۰۰ هزار تومان", 12_000_000),
        ("2 million IRT", 20_000_000),
        ("۱٬۲۵۰٬۰۰۰ ریال", 1_250_000),
        ("1 250 000 rial", 1_250_000),
        ("﷼1,250,000", 1_250_000),
        ("IRR 1250000", 1_250_000),
        ("-5 toman", -50),
    ],
)
def test_toman_and_rial_are_told_apart_and_kept_in_rial(text: str, rial: int) -> None:
    assert parse_money(text) == Money(rial, "IRR")


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("$12.50", Money(1250, "USD")),
        ("12,50 €", Money(1250, "EUR")),
        ("€1.234,56", Money(123456, "EUR")),
        ("1,234.56 eur", Money(123456, "EUR")),
        ("USD 1'234.50", Money(123450, "USD")),
        ("-$3", Money(-300, "USD")),
        ("۱۰/۵ دلار", Money(1050, "USD")),
        ("0.125 KWD", Money(125, "KWD")),
        ("۱۲٫۵ یورو", Money(1250, "EUR")),
    ],
)
def test_amounts_in_other_currencies(text: str, money: Money) -> None:
    assert parse_money(text) == money


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "toman",
            "12",
            "12.505 USD",
            "12.5 rial",
            "1,2,3 USD",
            "$12 usd",
            "for 12",
            "12 XXX1",
        ),
        *("1..5 USD", "10000000000000000000 rial", "1" * 100, "سفارش ۱۲ تومان شد", "12,34,567 USD"),
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert parse_money(text) is None


def test_a_bare_number_is_in_the_default() -> None:
    assert parse_money("125,000", "IRT") == Money(1_250_000, "IRR")
    assert parse_money("12.5", "EUR") == Money(1250, "EUR")


@pytest.mark.parametrize(
    ("money", "unit", "english", "persian"),
    [
        (Money.toman(1_850_000), "IRT", "1,850,000 toman", "۱٬۸۵۰٬۰۰۰ تومان"),
        (Money(125, "IRR"), "IRT", "12.5 toman", "۱۲٫۵ تومان"),
        (Money(1250, "IRR"), None, "1,250 rial", "۱٬۲۵۰ ریال"),
        (Money(123450, "EUR"), None, "€1,234.50", "۱٬۲۳۴٫۵۰ یورو"),
        (Money(-1250, "USD"), None, "−$12.50", "−۱۲٫۵۰ دلار آمریکا"),
        (Money(1250, "CHF"), None, "12.50 CHF", "۱۲٫۵۰ فرانک سوئیس"),
        (Money(1250, "JPY"), None, "¥1,250", "۱٬۲۵۰ ین ژاپن"),
    ],
)
def test_amounts_are_shown(money: Money, unit: str | None, english: str, persian: str) -> None:
    assert format_money(money, "en", unit).replace("\u00a0", " ") == english
    assert format_money(money, "fa", unit).replace("\u00a0", " ") == persian


@given(amounts, currencies)
def test_what_is_shown_in_english_reads_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert parse_money(format_money(money)) == money


@given(amounts)
def test_what_is_shown_in_toman_reads_back_in_both_languages(amount: int) -> None:
    money = Money(amount, "IRR")
    for locale in ("en", "fa"):
        assert parse_money(format_money(money, locale, "IRT")) == money


@given(st.one_of(st.text(), st.from_regex(re.compile(r"[-$ ]{0,2}[0-9,./' ]{1,15} ?[a-zتومان]*"))))
def test_reading_never_raises(text: str) -> None:
    parse_money(text, "EUR")
    parse_money(text)


def test_toman_is_never_stored() -> None:
    with pytest.raises(ValueError, match="toman"):
        Money(1, "IRT")
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "eur")
    with pytest.raises(ValueError, match="cannot be shown in IRT"):
        format_money(Money(1, "EUR"), unit="IRT")


def test_minor_digits_follow_the_currency() -> None:
    assert [minor_digits(code) for code in ("IRR", "EUR", "KWD", "JPY")] == [0, 2, 3, 0]
