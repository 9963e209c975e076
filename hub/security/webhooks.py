"""Signatures of outgoing webhooks, by the Standard Webhooks specification, version 1.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def signing_key(secret: str) -> bytes:
    """The key in a secret's written form, "whsec_" and 24 to 64 bytes in base64.

    Raises ValueError for anything else.
    """
    wanted = 'a secret such as "whsec_" and the output of `openssl rand -base64 32`'
    if not secret.startswith(PREFIX):
        raise ValueError(wanted)
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(wanted) from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"{wanted}: {_SHORTEST} to {_LONGEST} bytes, not {len(key)}")
    return key


def signed_headers(
    keys: Sequence[bytes], message_id: str, at: datetime, body: bytes
) -> Mapping[str, str]:
    """The headers that name, date and sign one attempt, with every key that a receiver may have.

    `message_id` holds no full stop. A receiver takes what any of the signatures fits ("Webhook
    Headers", "Secret rotation").
    """
    stamp = str(int(at.timestamp()))
    content = f"{message_id}.{stamp}.".encode() + body
    signatures = (hmac.new(key, content, hashlib.sha256).digest() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(signature).decode()}" for signature in signatures
        ),
    }
