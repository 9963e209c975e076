"""The lines of a customer's timeline, in the viewer's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from hub.conversations.customers.timeline import KINDS, Line
from hub.text import Money
from hub.web.customers.panel import money, purpose_name, source_words, stage_name
from hub.web.customers.views import Told
from hub.web.words import Say

FILTERS: Final = ("all", "messages", "purchases", "notes", "ratings", "changes")
_SHOWN: Final[Mapping[str, Sequence[str]]] = {
    "all": KINDS,
    "messages": ("message",),
    "purchases": ("purchase",),
    "notes": ("note",),
    "ratings": ("rating",),
    "changes": ("stage", "visit", "consent", "act", "merge"),
}


def kinds_of(chosen: str) -> Sequence[str]:
    """Which lines a filter shows."""
    return _SHOWN.get(chosen, KINDS)


def filters(say: Say) -> dict[str, str]:
    """The filters with their labels."""
    return {
        "all": say("Everything"),
        "messages": say("Messages"),
        "purchases": say("Purchases"),
        "notes": say("Notes"),
        "ratings": say("Ratings"),
        "changes": say("Changes"),
    }


def told(
    lines: Sequence[Line],
    names: Mapping[UUID, str],
    customer: str,
    locale: str,
    say: Say,
) -> tuple[Told, ...]:
    """The lines as they are read; messages in a row of one conversation have one head."""
    shown: list[Told] = []
    last: object = None
    for line in lines:
        teller = _Teller(line, names, customer, locale, say)
        matter = line.values.get("conversation_id") if line.kind == "message" else None
        shown.append(teller.tell(with_head=matter is not None and matter != last))
        last = matter
    return tuple(shown)


class _Teller:
    def __init__(
        self,
        line: Line,
        names: Mapping[UUID, str],
        customer: str,
        locale: str,
        say: Say,
    ) -> None:
        self.line = line
        self.values = line.values
        self.names = names
        self.customer = customer
        self.locale = locale
        self.say = say

    def tell(self, *, with_head: bool) -> Told:
        line, values, say = self.line, self.values, self.say
        key = f"{line.kind}-{line.id}"
        match line.kind:
            case "message":
                return self._message(key, with_head)
            case "purchase":
                amount = money(Money(values["amount"], values["currency"]), self.locale)
                title = say("Order %(number)s") % {"number": values["number"]}
                words = f"{amount} · {purchase_state(values['status'], say)}"
                return Told(key, line.kind, line.at, "shopping-bag", title=title, text=words)
            case "stage":
                title = say("Stage: %s") % stage_name(values["stage"], say)
                by = self._actor(values["by"])
                return Told(key, line.kind, line.at, "route", title=title, by=by)
            case "rating":
                title = say("Rated") if values["source"] == "survey" else say("Let show")
                return Told(
                    key, line.kind, line.at, "star", title=title, text=values["comment"],
                    stars=(values["score"], values["scale"]), by=self.customer,
                    url=f"/conversations/{values['conversation_id']}",
                )  # fmt: skip
            case "note":
                by = self.names.get(values["agent_id"])
                return Told(
                    key, line.kind, line.at, "lock", title=say("Note"), text=values["text"], by=by
                )
            case "visit":
                title = say("Came from %s") % source_words(values["source"] or {})
                more = ", ".join(f"{name}: {value}" for name, value in values["source"].items())
                return Told(key, line.kind, line.at, "log-in", title=title, text=more)
            case "consent":
                title = (say("Agreed: %s") if values["granted"] else say("Declined: %s")) % (
                    purpose_name(values["purpose"], say)
                )
                by = self._actor(values["source"])
                return Told(key, line.kind, line.at, "shield-check", title=title, by=by)
            case "merge":
                return self._merge(key)
            case _:
                return self._act(key)

    def _message(self, key: str, with_head: bool) -> Told:
        values, say = self.values, self.say
        note, inward = values["direction"] == "note", values["direction"] == "in"
        by = self.customer
        if not inward:
            by = self.names.get(values["agent_id"], "") or (
                say("Rule %s") % values["rule"] if values["rule"] else say("The hub")
            )
        text = values["text"]
        return Told(
            key,
            "inner" if note else "message",
            self.line.at,
            icon="lock" if note else None,
            channel=None if note else values["channel"] or "",
            text=say("Deleted") if text is None else text or say("A file"),
            by=by,
            ours=not inward,
            url=f"/conversations/{values['conversation_id']}",
            head=values["subject"] or "" if with_head else None,
            number=values["number"],
        )

    def _merge(self, key: str) -> Told:
        values, say = self.values, self.say
        undone = values["undone_at"] is not None
        before = values["name"] or say("another customer")
        title = say("Merged with %s") % before
        if undone:
            title = say("Merged with %s, and parted again") % before
        return Told(
            key, "merge", self.line.at, "merge", title=title,
            by=self.names.get(values["agent_id"]),
            undo=None if undone else f"/customers/merges/{self.line.id}/undo",
        )  # fmt: skip

    def _act(self, key: str) -> Told:
        values, say = self.values, self.say
        inverse: Mapping[str, Any] = values["inverse"] or {}
        title = {
            "identity added": say("Added an address"),
            "identity verified": say("Verified an address"),
            "identity unlinked": say("Took an address away"),
            "note removed": say("Removed a note"),
            "block": say("Blocked"),
            "unblock": say("Unblocked"),
        }.get(values["kind"]) or say("Changed: %s") % ", ".join(_changed(inverse, say))
        if values["undone_at"] is not None:
            title = say("%s (undone)") % title
        return Told(
            key, "act", self.line.at, "pencil", title=title, text=inverse.get("reason"),
            by=self.names.get(values["agent_id"]),
        )  # fmt: skip

    def _actor(self, actor: str) -> str | None:
        kind, _, rest = actor.partition(":")
        if kind == "agent":
            return next((name for key, name in self.names.items() if str(key) == rest), None)
        if kind == "rule":
            return self.say("Rule %s") % rest
        return self.customer if kind == "customer" else None


def purchase_state(status: str, say: Say) -> str:
    """A shop's word for the state of an order."""
    return {
        "paid": say("paid"),
        "sent": say("sent"),
        "delivered": say("delivered"),
        "cancelled": say("cancelled"),
        "refunded": say("refunded"),
        "pending": say("pending"),
        "open": say("open"),
    }.get(status, status)


def _changed(inverse: Mapping[str, Any], say: Say) -> list[str]:
    words = {
        "name": say("name"),
        "stage": say("stage"),
        "locale": say("language"),
        "time_zone": say("time zone"),
        "tags": say("tags"),
    }
    return [words[name] for name in words if name in inverse] + list(inverse.get("attributes", ()))
