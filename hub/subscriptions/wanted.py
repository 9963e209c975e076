"""What can be asked of an endpoint: its name, its address and what it hears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from hub.security.addresses import Network, why_refused
from hub.subscriptions.kinds import KINDS
from hub.text.marking import Sentence

LONGEST_NAME: Final = 80
LONGEST_URL: Final = 2_000


class Invalid(ValueError):
    """What was wanted can not be. errors: by field, a sentence each."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Wanted:
    """An endpoint as it was asked for. kinds: none for all; words: whether texts are told."""

    name: str
    url: str
    kinds: Sequence[str] = ()
    words: bool = True


def checked(wanted: Wanted, networks: Sequence[Network] = ()) -> Wanted:
    """What is asked for, in its one spelling. Raises Invalid."""
    if errors := faults(wanted, networks):
        raise Invalid(errors)
    kinds = tuple(kind for kind in KINDS if kind in wanted.kinds)
    return Wanted(" ".join(wanted.name.split()), wanted.url.strip(), kinds, wanted.words)


def faults(wanted: Wanted, networks: Sequence[Network] = ()) -> dict[str, str]:
    """Why it can not be, by field."""
    errors: dict[str, str] = {}
    if not 1 <= len(" ".join(wanted.name.split())) <= LONGEST_NAME:
        errors["name"] = Sentence(
            "Give it a name of at most %(count)s letters.", count=LONGEST_NAME
        )
    if fault := _url_fault(wanted.url.strip(), networks):
        errors["url"] = fault
    if unknown := sorted(set(wanted.kinds) - KINDS.keys()):
        errors["kinds"] = Sentence("There is no event called %(name)s.", name=unknown[0])
    return errors


def _url_fault(url: str, networks: Sequence[Network]) -> str | None:
    """Why nothing can be sent there, as far as the address itself tells. What its name leads to
    is judged with each attempt."""
    parts = _parts(url)
    if parts is None or not parts.hostname or len(url) > LONGEST_URL:
        return Sentence("Write an address such as https://crm.example.org/hook.")
    if parts.scheme != "https" and not (parts.scheme == "http" and networks):
        return Sentence("Write an address that begins with https://.")
    if parts.username or parts.password or parts.fragment:
        return Sentence("Leave user names, passwords and “#” out of the address.")
    host = parts.hostname
    if _is_number(host) and (kind := why_refused(host, networks)) is not None:
        return Sentence("Nothing is sent to %(host)s, which is %(kind)s.", host=host, kind=kind)
    return None


def _parts(url: str) -> SplitResult | None:
    """None for what is no address at all."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return None
    return parts


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
