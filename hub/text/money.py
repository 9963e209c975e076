"""Amounts of money: whole minor units and a currency, read and shown in English and Persian.

Iranian prices are spoken in toman and booked in rial; one toman is ten rial. Money is always kept
in rial ("IRR"); toman ("IRT", no ISO 4217 code) is a unit to read and show it in.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hub.text.digits import to_persian
from hub.text.fold import fold

RIAL: Final = "IRR"
TOMAN: Final = "IRT"
_RIAL_IN_TOMAN: Final = 10

# ISO 4217, list one, where it is not 2. Written here because amounts are stored in these units:
# they must not change with the release of a library. The rial's hundredths (dinar) are long gone.
_MINOR_DIGITS: Final = {RIAL: 0} | {
    code: digits
    for digits, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}

# Keys are folded.
_UNITS: Final = {
    "تومان": TOMAN, "تومن": TOMAN, "ت": TOMAN, "toman": TOMAN, "tomans": TOMAN, "irt": TOMAN,
    "ریال": RIAL, "rial": RIAL, "rials": RIAL,
    "$": "USD", "دلار": "USD", "dollar": "USD", "dollars": "USD",
    "€": "EUR", "یورو": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "پوند": "GBP", "pound": "GBP", "pounds": "GBP",
    "₺": "TRY", "لیر": "TRY", "lira": "TRY",
    "درهم": "AED", "dirham": "AED", "dirhams": "AED",
    "¥": "JPY", "₹": "INR", "₽": "RUB",
}  # fmt: skip
_SCALES: Final = {
    "هزار": 10**3, "thousand": 10**3, "k": 10**3,
    "میلیون": 10**6, "ملیون": 10**6, "million": 10**6, "m": 10**6,
    "میلیارد": 10**9, "ملیارد": 10**9, "billion": 10**9, "bn": 10**9,
}  # fmt: skip

_LONGEST: Final = 80
_LARGEST: Final = 2**63 - 1  # a BIGINT column

_NUMBER: Final = r"[0-9]+(?:[ ,.'/][0-9]+)*"
_UNIT: Final = r"[^\W\d_]+|[$€£₺¥₹₽]"
_AMOUNT: Final = re.compile(
    rf"(?P<sign>-? ?)(?P<before>{_UNIT})? ?(?P<inner>-?)"
    rf"(?P<figure>{_NUMBER}.*?) ?(?P<after>{_UNIT})?"
)
_PART: Final = re.compile(rf"(?P<number>{_NUMBER}) ?(?P<scale>[^\W\d_]+)?")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount` minor units (cents; whole rial) of `currency` (ISO 4217, "IRR", "EUR").

    Raises ValueError when `currency` is not three capital letters, or is "IRT": money in toman is
    `Money.toman(125_000)` and kept in rial.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency == TOMAN:
            raise ValueError("Toman is not stored: use Money.toman(), which keeps rial (IRR)")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"Not an ISO 4217 code: {self.currency!r}; write it like 'EUR'")

    @classmethod
    def toman(cls, amount: int) -> "Money":
        """`amount` whole toman as rial."""
        return cls(amount * _RIAL_IN_TOMAN, RIAL)

    @property
    def value(self) -> Decimal:
        """The amount in whole units of the currency: 12.50 for 1250 cents."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))


def minor_digits(currency: str) -> int:
    """How many decimal places the stored amounts of `currency` have: 2 for EUR, 0 for IRR."""
    return _MINOR_DIGITS.get(currency, 2)


def _grouped(number: str, separator: str) -> bool:
    first, *rest = number.split(separator)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)


def _decimal(number: str, *, whole: bool) -> Decimal | None:
    """Read `number` with whatever separators it has; `whole` when no fraction is to be expected."""
    for blank in " '":
        if blank in number:
            head = re.split(r"[.,/]", number)[0]
            if number.count(blank) != head.count(blank) or not _grouped(head, blank):
                return None
            number = number.replace(blank, "")
    marks = [c for c in number if not c.isdigit()]
    if not marks:
        return Decimal(number)
    last = marks[-1]
    if len(set(marks)) > 2 or (len(set(marks)) == 2 and marks.count(last) > 1):
        return None
    head, _, fraction = number.rpartition(last)
    groups = marks[0] if len(set(marks)) == 2 else last
    alone = len(set(marks)) == 1
    # "1,250" groups; "1.250" is a fraction, but 125.000 toman is how many write 125,000.
    if alone and last != "/" and (
        len(marks) > 1 or (len(fraction) == 3 and head != "0" and (last == "," or whole))
    ):  # fmt: skip
        return Decimal(number.replace(last, "")) if _grouped(number, last) else None
    if not alone:
        if groups == "/" or not _grouped(head, groups):
            return None
        head = head.replace(groups, "")
    return Decimal(f"{head}.{fraction}")


def _figure(text: str, *, whole: bool) -> Decimal | None:
    """The value of "1,250", "1.5 میلیون" or "1 میلیون و 200 هزار"."""
    total = Decimal(0)
    for part in re.split(r" و | and ", text):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        scale = _SCALES.get(match["scale"]) if match["scale"] else 1
        number = _decimal(match["number"], whole=whole and scale == 1)
        if scale is None or number is None:
            return None
        total += number * scale
    return total


def _unit(word: str) -> str | None:
    if (known := _UNITS.get(word)) is not None:
        return known
    if len(word) != 3 or not word.isascii():
        return None
    from babel.numbers import is_currency

    code = word.upper()
    return code if is_currency(code) else None


def parse_money(text: str, default: str | None = None) -> Money | None:
    """The amount that `text` is, or None when it is none; the whole text must be the amount.

    Understands both scripts' digits and separators, a unit before or after ("$12.50", "12,50 EUR",
    ۱۲۵٬۰۰۰ تومان, ۱٫۵ میلیون ریال), and هزار, میلیون, میلیارد, "k", "million". Without a unit it is
    in `default` (ISO 4217 code or "IRT"), and None without that. An amount with more decimal places
    than its currency has, or beyond 64 bits, is None. Never raises.
    """
    folded = fold(text[: _LONGEST + 1])
    match = _AMOUNT.fullmatch(folded) if len(folded) <= _LONGEST else None
    if match is None:
        return None
    figure, before, after = match["figure"], match["before"], match["after"]
    if after in _SCALES and (after != "m" or before is not None or default is not None):
        figure, after = f"{figure} {after}", None
    if before is not None and after is not None:
        return None
    named = before if before is not None else after
    currency = _unit(named) if named is not None else default
    if currency is None:
        return None
    stored = RIAL if currency == TOMAN else currency
    value = _figure(figure, whole=minor_digits(stored) == 0)
    if value is None:
        return None
    if currency == TOMAN:
        value *= _RIAL_IN_TOMAN
    amount = value.scaleb(minor_digits(stored))
    if amount != amount.to_integral_value() or amount > _LARGEST:
        return None
    negative = "-" in match["sign"] or bool(match["inner"])
    return Money(-int(amount) if negative else int(amount), stored)


def _number(value: Decimal, digits: int, persian: bool) -> str:
    number = f"{value:,.{digits}f}".replace("-", "\u2212")
    return to_persian(number.replace(",", "٬").replace(".", "٫")) if persian else number


def format_money(money: Money, locale: str = "en", unit: str | None = None) -> str:
    """`money` for reading in `locale` ("en" or "fa"), rial in toman when `unit` is "IRT".

    "1,850,000 toman", "€12.50", ۱٬۸۵۰٬۰۰۰ تومان, ۱۲٫۵۰ یورو. The blanks in it do not break.
    `unit` other than the money's own currency or toman for rial raises ValueError.
    """
    persian = locale.startswith("fa")
    digits = minor_digits(money.currency)
    if unit == TOMAN and money.currency == RIAL:
        value = money.value / _RIAL_IN_TOMAN
        digits = 0 if value == value.to_integral_value() else 1
        return f"{_number(value, digits, persian)}\u00a0{'تومان' if persian else 'toman'}"
    if unit not in (None, money.currency):
        raise ValueError(f"{money.currency} cannot be shown in {unit}; only IRR in IRT (toman)")
    number = _number(money.value, digits, persian)
    if money.currency == RIAL:
        return f"{number}\u00a0{'ریال' if persian else 'rial'}"

    from babel.numbers import get_currency_name, get_currency_symbol

    if persian:
        return f"{number}\u00a0{get_currency_name(money.currency, locale='fa')}"
    symbol = get_currency_symbol(money.currency, locale="en")
    if symbol[-1].isalpha():
        return f"{number}\u00a0{symbol}"
    sign, absolute = ("\u2212", number[1:]) if money.amount < 0 else ("", number)
    return f"{sign}{symbol}{absolute}"
