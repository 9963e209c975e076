"""Addresses in headers, and what our own reply addresses carry. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import getaddresses
from itertools import islice
from typing import Final

from channels.mail.headers import Header, decode_words
from channels.mail.settings import MailSettings
from hub.message import Address
from hub.text.mail_address import normalise_mail_address
from hub.text.plain import visible

KIND: Final = "mail"
MAX_ADDRESSES: Final = 200
_MAX_FIELD: Final = 32 * 1024
_MAX_NAME: Final = 200

_LIKELY: Final = re.compile(r"[^\s<>(),;:\"\[\]]{1,64}@[^\s<>(),;:\"\[\]@]{1,253}")

# Where a server or a sender may have put the address that the mail was sent to.
_RECIPIENT_FIELDS: Final = (
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "resent-to",
)


def addresses(header: Header, name: str) -> tuple[Address, ...]:
    """The readable addresses of a field, canonical, each once, none of them verified.

    A field that does not follow the grammar gives whatever looks like an address in it.
    """
    return _readable(_pairs(header, name)) or _readable(
        ("", match[0]) for value in header.all(name) for match in _LIKELY.finditer(value)
    )


def recipients(header: Header, name: str, settings: MailSettings) -> tuple[Address, ...]:
    """As `addresses`, with our own as they are without a thread's token."""
    found: dict[str, Address] = {}
    for one in addresses(header, name):
        own = _own(one.address, settings)
        address = one if own is None else one.model_copy(update={"address": own})
        found.setdefault(address.address, address)
    return tuple(found.values())


def _readable(pairs: Iterable[tuple[str, str]]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for shown, written in islice(pairs, MAX_ADDRESSES):
        address = normalise_mail_address(written, internal=True)
        if address is not None and address not in found:
            words = visible(decode_words(shown))[:_MAX_NAME]
            found[address] = Address(
                kind=KIND, address=address, name=words if words and words != address else None
            )
    return tuple(found.values())


def _pairs(header: Header, name: str) -> Iterator[tuple[str, str]]:
    for value in header.all(name):
        try:
            yield from getaddresses([value[:_MAX_FIELD]])
        except (RecursionError, ValueError, IndexError, TypeError, AttributeError):
            # The standard library's parser descends into nested comments.
            continue


def thread_token(header: Header, settings: MailSettings) -> str | None:
    """The token in the first of our reply addresses that the mail went to, or None."""
    separator = settings.subaddress_separator
    if not separator:
        return None
    own = [address.rpartition("@") for address in sorted(settings.own_addresses)]
    for address in _recipients(header):
        local, _, domain = address.rpartition("@")
        for our_local, _, our_domain in own:
            prefix = our_local + separator
            if domain == our_domain and local.startswith(prefix) and len(local) > len(prefix):
                return local[len(prefix) :]
    return None


def _recipients(header: Header) -> Iterator[str]:
    for name in _RECIPIENT_FIELDS:
        for address in addresses(header, name):
            yield address.address


def is_ours(address: str, settings: MailSettings) -> bool:
    """Whether a canonical address is one of ours, with or without a token."""
    return _own(address, settings) is not None


def _own(address: str, settings: MailSettings) -> str | None:
    """Which of our addresses it is, without a token; None for somebody else's."""
    if address in settings.own_addresses:
        return address
    local, _, domain = address.rpartition("@")
    separator = settings.subaddress_separator
    if not separator:
        return None
    bare = (f"{start}@{domain}" for start in _starts(local, separator))
    return next((one for one in bare if one in settings.own_addresses), None)


def _starts(local: str, separator: str) -> Iterable[str]:
    at = local.find(separator)
    while at != -1:
        yield local[:at]
        at = local.find(separator, at + 1)
