"""Telephone numbers as keys of identities: E.164 (ITU-T E.164), by Google's numbering plans.

`phonenumbers` is imported at the first use; an installation without phones never loads it.
"""

import functools
from typing import Final

from hub.text.digits import to_latin, to_persian

# A number with all the decoration that people use stays below this; anything longer is text.
_LONGEST: Final = 64


@functools.lru_cache(maxsize=4096)
def _e164(text: str, region: str | None) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_phone(text: str, region: str | None = None) -> str | None:
    """The E.164 form of the telephone number `text` ("+989120000000"), or None when it is none.

    A number without country code is read as one of `region` (ISO 3166-1 alpha-2, "IR"); without a
    region it is None. Persian and Arabic digits, blanks, brackets, bidi marks and the international
    prefix of the region ("00") are understood; an extension is dropped. Never raises.
    """
    if len(text) > _LONGEST:
        return None
    # The library reads letters as keys of a telephone, which makes numbers of "order 12345678".
    latin = to_latin(text)
    if any(c.isalpha() for c in latin.lower().replace("ext", "").replace("tel:", "")):
        return None
    return _e164(latin, region.upper() if region else None)


def format_phone(e164: str, *, region: str | None = None, locale: str = "en") -> str:
    """`e164` for reading: "+98 912 000 0000", or "0912 000 0000" to a reader in its own `region`.

    Persian digits for the locale "fa". Show it isolated and left-to-right. What is not E.164 is
    returned as it is.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    own = region is not None and phonenumbers.region_code_for_number(number) == region.upper()
    style = phonenumbers.PhoneNumberFormat.NATIONAL if own else (
        phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )  # fmt: skip
    shown = phonenumbers.format_number(number, style)
    return to_persian(shown) if locale.startswith("fa") else shown


def phone_region(e164: str) -> str | None:
    """The region an E.164 number belongs to (ISO 3166-1 alpha-2), None when nobody can say."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.region_code_for_number(number)
