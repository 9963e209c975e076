"""What people write: compared, shown, shortened, and read as names, amounts and addresses.

Pure and synchronous functions without database, clock or network. Heavy libraries (telephone
numbers, locale data, grapheme borders) are imported when they are first needed.
"""

from hub.text.digits import to_latin, to_persian
from hub.text.direction import Direction, direction, paragraphs
from hub.text.fold import fold, words
from hub.text.language import Language, language
from hub.text.links import without_links
from hub.text.mail_address import display_mail_address, normalise_mail_address
from hub.text.money import RIAL, TOMAN, Money, format_money, minor_digits, parse_money
from hub.text.names import display_name, first_name, initials
from hub.text.phone import format_phone, normalise_phone, phone_region
from hub.text.plain import cut, graphemes, snippet, storable, visible

__all__ = [
    "RIAL",
    "TOMAN",
    "Direction",
    "Language",
    "Money",
    "cut",
    "direction",
    "display_mail_address",
    "display_name",
    "first_name",
    "fold",
    "format_money",
    "format_phone",
    "graphemes",
    "initials",
    "language",
    "minor_digits",
    "normalise_mail_address",
    "normalise_phone",
    "paragraphs",
    "parse_money",
    "phone_region",
    "snippet",
    "storable",
    "to_latin",
    "to_persian",
    "visible",
    "without_links",
    "words",
]
