"""Mail addresses as keys of identities: one address, one spelling."""

import functools
import re
import unicodedata
from typing import Final

import idna

# RFC 5321, 4.5.3.1: octets of the local part, the domain, and the path less its angle brackets.
_LOCAL_OCTETS: Final = 64
_DOMAIN_OCTETS: Final = 253
_ADDRESS_OCTETS: Final = 254

# RFC 5322, 3.2.3 (dot-atom) and RFC 6532, 3.2 (beyond ASCII).
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
_DOT_ATOM: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# RFC 5321, 4.1.2: what may stand between quotes.
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\[ -~])*)"')
# RFC 1034, 3.5, with digits in front (RFC 1123, 2.1).
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

# What comes along when an address is copied out of text.
_WRAPPING: Final = (
    " \t\r\n\u00a0\u200b\u200c\u200e\u200f\ufeff"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def _local_part(local: str) -> str | None:
    local = unicodedata.normalize("NFC", local)
    if quoted := _QUOTED.fullmatch(local):
        content = re.sub(r"\\(.)", r"\1", quoted[1])
        # Quotes that nothing needs are no difference (RFC 5321, 4.1.2).
        if _DOT_ATOM.fullmatch(content):
            local = content
        else:
            escaped = re.sub(r'(["\\])', r"\\\1", content)
            local = f'"{escaped}"'
    elif not _DOT_ATOM.fullmatch(local):
        return None
    # Letters, marks, numbers, symbols: no blanks, no invisible characters, nothing unassigned.
    if any(unicodedata.category(c)[0] not in "LMNS" for c in local if not c.isascii()):
        return None
    # Not casefold(): it would make two people of ß and ss one.
    local = unicodedata.normalize("NFC", local.lower())
    return local if len(local.encode()) <= _LOCAL_OCTETS else None


@functools.lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str | None:
    name = domain.lower()
    if not name.isascii() or "xn--" in name:
        try:
            name = idna.encode(domain, uts46=True, std3_rules=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = name.split(".")
    if len(name) > _DOMAIN_OCTETS or not all(map(_LABEL.fullmatch, labels)):
        return None
    # An all-numeric last label is an IP address (RFC 3696, 2), which identifies nobody.
    return None if labels[-1].isdigit() else name


def normalise_mail_address(text: str, *, internal: bool = False) -> str | None:
    """The canonical form of the mail address `text`, or None when it is not one.

    The domain becomes its lower-case ASCII form (IDNA 2008 with UTS #46 mapping), the local part is
    put in lower case and Unicode NFC. Surrounding blanks, bidi marks, angle brackets and `mailto:`
    are taken off; needless quotes go. Syntax only: nothing is looked up. With `internal` a domain
    of one label ("root@localhost") counts too. Never raises.

    `normalise_mail_address("Sara@Bücher.example")` is `"sara@xn--bcher-kva.example"`.
    """
    address = text.strip(_WRAPPING)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if address.startswith("<") and address.endswith(">"):
        address = address[1:-1].strip(_WRAPPING)
    if not 3 <= len(address) <= _ADDRESS_OCTETS:
        return None
    local, at, domain = address.rpartition("@")
    if not at:
        return None
    canonical, name = _local_part(local), _ascii_domain(domain)
    if canonical is None or name is None or ("." not in name and not internal):
        return None
    address = f"{canonical}@{name}"
    return address if len(address.encode()) <= _ADDRESS_OCTETS else None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def display_mail_address(address: str) -> str:
    """A canonical address as a reader knows it: "sara@bücher.example".

    A domain label that mixes scripts stays in ASCII, because it may imitate another
    ("pаypal.example" with a Cyrillic а). What is not a canonical address is returned as it is.
    """
    local, at, domain = address.rpartition("@")
    labels = []
    for label in domain.split("."):
        shown = label
        if label.startswith("xn--"):
            try:
                shown = idna.decode(label)
            except (idna.IDNAError, UnicodeError):
                pass
            if len({_script(c) for c in shown if c.isalpha()}) > 1:
                shown = label
        labels.append(shown)
    return f"{local}{at}{'.'.join(labels)}"
