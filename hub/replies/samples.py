"""What templates are tried on before they are saved: somebody of whom all is known, somebody of
whom nothing is, the office open and closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from hub.replies.library import MAIL
from hub.text import Money

Sample = Literal["known", "unknown"]
SAMPLES: Final[tuple[Sample, ...]] = ("known", "unknown")

_NAMES: Final = {"fa": ("مینا کریمی", "سارا"), "en": ("Mina Karimi", "Sara")}
_SUBJECTS: Final = {"fa": "کیف آبی", "en": "The blue bag"}


def variables(
    sample: Sample,
    locale: str,
    organisation: str,
    now: datetime,
    *,
    channel: str | None = None,
) -> dict[str, Any]:
    """The variables of a sample customer: plainly one, with office hours to match.

    channel: the kind that the sample conversation came by; only mail has a subject.
    """
    language = locale.split("-", maxsplit=1)[0]
    customer, agent = _NAMES.get(language, _NAMES["en"])
    subject = _SUBJECTS.get(language, _SUBJECTS["en"]) if channel in (None, MAIL) else None
    always: Mapping[str, Any] = {"organisation": {"name": organisation}, "now": now}
    if sample == "unknown":
        return {
            **always,
            "customer": {"locale": locale},
            "conversation": {"number": 1},
            "hours": {"open": True, "closes_at": now + timedelta(hours=3)},
        }
    return {
        **always,
        "customer": {"name": customer, "locale": locale, "attributes": {}},
        "conversation": {
            "number": 1042,
            "subject": subject,
        },
        "hours": {"open": False, "opens_at": now + timedelta(hours=14)},
        "agent": {"name": agent},
        "team": {"name": organisation},
        "purchases": [_order(now), _order(now - timedelta(days=40), "1017")],
        "purchase": _order(now),
    }


def _order(now: datetime, number: str = "1042") -> dict[str, Any]:
    return {
        "number": number,
        "placed_at": now - timedelta(days=2),
        "total": Money.toman(1_850_000),
        "status": "sent",
    }
