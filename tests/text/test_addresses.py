"""Mail addresses and telephone numbers as keys: one spelling for one address, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import (
    display_mail_address,
    format_phone,
    normalise_mail_address,
    normalise_phone,
    phone_region,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Sara@Example.COM", "sara@example.com"),
        ("\u200f sara@example.com\u200e\n", "sara@example.com"),
        ("<sara@example.com>", "sara@example.com"),
        ("mailto:sara@example.com", "sara@example.com"),
        ("sara+shop@example.com", "sara+shop@example.com"),
        ("sara@Bücher.example", "sara@xn--bcher-kva.example"),
        ("sara@XN--BCHER-kva.example", "sara@xn--bcher-kva.example"),
        ("sara@ｅｘａｍｐｌｅ.com", "sara@example.com"),
        ("سارا@مثال.ایران", "سارا@xn--mgbh0fb.xn--mgba3a4f16a"),
        ("e\u0301@example.com", "é@example.com"),
        ('"sara"@example.com', "sara@example.com"),
        ('"Sara Amini"@example.com', '"sara amini"@example.com'),
        ("o'neil/desk=1@example.com", "o'neil/desk=1@example.com"),
        ("scanner@office.local", "scanner@office.local"),
    ],
)
def test_one_address_has_one_spelling(text: str, address: str) -> None:
    assert normalise_mail_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "sara", "@example.com", "sara@", "sara@@example.com", "a b@example.com"),
        *("sara@example..com", ".sara@example.com", "sara.@example.com", "sa..ra@example.com"),
        *("sara@-example.com", "sara@exa_mple.com", "sara@example.com.", "sara@exam ple.com"),
        *("sara@192.0.2.1", "sara@[192.0.2.1]", "sara@localhost", "sara@xn--a.com"),
        *("sa\u200fra@example.com", "sara\x00@example.com", "sara\ud800@example.com"),
        *("a" * 65 + "@example.com", "sara@" + "a" * 64 + ".com", "sara@" + "a." * 130 + "com"),
        *("Sara <sara@example.com>", "sara@example.com, omid@example.com"),
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert normalise_mail_address(text) is None


def test_a_bare_host_counts_inside_only() -> None:
    assert normalise_mail_address("root@localhost", internal=True) == "root@localhost"


def test_different_people_stay_apart() -> None:
    assert normalise_mail_address("weiß@example.com") != normalise_mail_address("weiss@example.com")
    assert normalise_mail_address("a@faß.example") != normalise_mail_address("a@fass.example")


@given(
    st.one_of(
        st.text(),
        st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1)),
        st.builds('"{}"@{}'.format, st.text('ab \\".@'), st.sampled_from(["a.com", "münchen.de"])),
        st.emails(),
    )
)
def test_normalising_twice_changes_nothing(text: str) -> None:
    address = normalise_mail_address(text)
    if address is not None:
        assert normalise_mail_address(address) == address
        assert len(address.encode()) <= 254


def test_addresses_are_shown_as_people_know_them() -> None:
    assert display_mail_address("sara@xn--bcher-kva.example") == "sara@bücher.example"
    assert display_mail_address("a@xn--mgbh0fb.xn--mgba3a4f16a") == "a@مثال.ایران"
    assert display_mail_address("not an address") == "not an address"


def test_a_label_that_mixes_scripts_is_not_shown_in_them() -> None:
    imitated = normalise_mail_address("a@p\u0430ypal.example")  # a Cyrillic letter
    assert imitated is not None
    assert display_mail_address(imitated) == imitated


@pytest.mark.parametrize(
    "text",
    [
        *("۰۹۱۲ ۰۰۰ ۰۰ ۰۰", "٠٩١٢٠٠٠٠٠٠٠", "0912-000-0000", "+98 912 000 00 00", "00989120000000"),
        *("tel:+989120000000", "(0912) 000 0000", "\u200e+98 912 0000000\u200e"),
    ],
)
def test_one_number_has_one_spelling(text: str) -> None:
    assert normalise_phone(text, "IR") == "+989120000000"


@pytest.mark.parametrize(
    "text", ["", "1234", "سلام", "order 10482000", "+1", "0912" * 40, "+98 912", "12.50"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert normalise_phone(text, "IR") is None


def test_a_number_without_country_code_needs_a_region() -> None:
    assert normalise_phone("0912 000 0000") is None
    assert normalise_phone("+98 912 000 0000") == "+989120000000"
    assert phone_region("+989120000000") == "IR"


def test_numbers_are_shown_for_the_reader() -> None:
    number = "+989120000000"
    assert format_phone(number) == "+98 912 000 0000"
    assert format_phone(number, region="IR", locale="fa") == "۰۹۱۲ ۰۰۰ ۰۰۰۰"
    assert format_phone("unknown") == "unknown"


@given(st.text())
def test_numbers_never_raise(text: str) -> None:
    number = normalise_phone(text, "IR")
    if number is not None:
        assert normalise_phone(number) == number
