"""Folding: every spelling of a word meets, and nothing else does."""

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.text import fold, words

anything = st.text(st.characters(exclude_categories=()), max_size=60)
persian = st.text("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیآأإؤئءةىيكۀًَُِّْٓـ‌‍ ۰۱۹٠٩", max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("فاكتور", "فاکتور"),
        ("علي", "علی"),
        ("موسى", "موسی"),
        ("نامۀ", "نامه"),
        ("نامهٔ", "نامه"),
        ("شركة", "شرکه"),
        ("مسؤول", "مسوول"),
        ("پائیز", "پاییز"),
        ("أحمد", "احمد"),
        ("إيران", "ایران"),
        ("آب", "اب"),
        ("ٱلله", "الله"),
        ("املاء", "املا"),
        ("لطفاً", "لطفا"),
        ("مُحَمَّد", "محمد"),
        ("ســـلام", "سلام"),
        ("می‌خواهم", "می خواهم"),
        ("ﻻله", "لاله"),
        ("ﺳﻼﻡ", "سلام"),
        ("ہے", "هی"),
        ("۱۲۳۴۵۶۷۸۹۰", "1234567890"),
        ("١٢٣٤٥٦٧٨٩٠", "1234567890"),
        ("१२", "12"),
        ("۱٬۲۵۰٫۵٪", "1,250.5%"),
        ("چطور؟", "چطور?"),
        ("﷼", "ریال"),
        ("ＩＮＶＯＩＣＥ", "invoice"),
        ("Straße", "STRASSE"),
        ("Café", "cafe\u0301"),
        ("don’t", "don't"),
        ("سفارش\u200f ۱۲", "سفارش 12"),
        ("in\u00advoice", "invoice"),
        ("a\r\n\t b\u2028c\u00a0d", "a b c d"),
        ("a\x00b", "a b"),
    ],
)
def test_spellings_of_one_text_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("پول", "بول"), ("گل", "کل"), ("سال", "صال"), ("1", "2"), ("كتب", "کتاب")]
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_vowel_signs_that_carry_meaning_stay() -> None:
    assert fold("हिन्दी") == "हिन्दी"
    assert fold("ไทยที่") == unicodedata.normalize("NFKC", "ไทยที่")
    assert fold("が") == "が"
    assert fold("한국") == "한국"


@given(st.one_of(anything, persian))
@example("\ud800")
@example("ﷺ" * 5)
@example("ͅα\u0301")
@example("A\x1f")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.one_of(anything, persian))
def test_a_folded_text_is_short_clean_and_storable(text: str) -> None:
    folded = fold(text)
    assert len(folded) <= 18 * len(text)
    assert folded == " ".join(folded.split())
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in folded)
    folded.encode()


@given(anything, anything)
def test_words_fold_the_same_alone_and_in_company(one: str, other: str) -> None:
    assert words(fold(f"{one}\n{other}")) == words(fold(one)) + words(fold(other))


def test_every_character_folds_to_a_fixed_point() -> None:
    unstable = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if fold(once := fold(f"x{chr(code)}x")) != once
    ]
    assert unstable == []


def test_words_are_runs_of_letters_marks_and_numbers() -> None:
    assert words(fold("Invoice #۱۰۴۸۲، لطفاً!")) == ["invoice", "10482", "لطفا"]
    assert words(fold("می‌خواهم https://x.example/a_b")) == [
        *("می", "خواهم", "https", "x", "example", "a", "b")
    ]
    assert words(fold("हिन्दी में")) == ["हिन्दी", "में"]
    assert words(fold("؟! 👍 …")) == []
