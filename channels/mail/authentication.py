"""Whether the receiving server vouches for the sender: Authentication-Results (RFC 8601).

Only headers with the configured authserv-id count, because the sender can write any other. DMARC
"pass" for the From domain is what is wanted; where the server does not check DMARC, a DKIM
signature of the From domain itself or of a parent domain of it. (A signature of a child domain
would need the public suffix list to be judged, and so is not taken.) Where two headers disagree,
one of them is forged, and nobody is verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import authres
import authres.dmarc

from channels.mail.headers import Header

_MAX_VALUE: Final = 4096


def is_verified(header: Header, sender: str, authserv_id: str | None) -> bool:
    """Whether `sender`, the canonical address of the only From, is authentic. Never raises."""
    if not authserv_id or len(header.all("from")) != 1:
        return False
    domain = sender.rpartition("@")[2]
    results = list(_results(header, authserv_id.lower()))
    dmarc = [one for one in results if one.method == "dmarc"]
    if dmarc:
        return all(
            one.result == "pass" and _property(one, "header", "from") == domain for one in dmarc
        )
    return any(
        one.method == "dkim" and one.result == "pass" and _aligned(_signer(one), domain)
        for one in results
    )


def _results(header: Header, authserv_id: str) -> Iterator[authres.AuthenticationResult]:
    context = authres.FeatureContext(authres.dmarc)
    for value in header.all("authentication-results"):
        try:
            parsed = context.parse_value(value[:_MAX_VALUE])
        except (authres.AuthResError, RecursionError, ValueError):
            continue
        if (parsed.authserv_id or "").lower() == authserv_id:
            for result in parsed.results:
                # "none" instead of results is an object without a method.
                if getattr(result, "method", None):
                    yield result


def _property(result: authres.AuthenticationResult, kind: str, name: str) -> str:
    for one in result.properties or ():
        if one.type.lower() == kind and one.name.lower() == name:
            return str(one.value).lower().rpartition("@")[2]
    return ""


def _signer(result: authres.AuthenticationResult) -> str:
    return _property(result, "header", "d") or _property(result, "header", "i")


def _aligned(signer: str, domain: str) -> bool:
    return bool(signer) and (domain == signer or domain.endswith(f".{signer}")) and "." in signer
