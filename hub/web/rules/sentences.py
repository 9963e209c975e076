"""What a rule does, as a sentence; a reading aid that is made from the rule itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.calendars import format_length
from hub.rules.engine.arguments import parse_duration
from hub.text import to_latin, to_persian
from hub.text.marking import N_
from hub.web.rules.words import ACTIONS, CONDITIONS, EVENTS, FIELDS, VALUES, called
from hub.web.words import Say

_FLAGS: Final[Mapping[str, tuple[str, str]]] = {
    "first_message": (N_("it is the first message"), N_("it is not the first message")),
    "automated": (N_("a machine wrote it"), N_("no machine wrote it")),
    "verified": (N_("the sender is verified"), N_("the sender is not verified")),
}
_ASKS: Final[Mapping[str, str]] = {
    "channel": N_("it came by %s"),
    "account": N_("it came by the account %s"),
    "hours": N_("the office is %s"),
    "locale": N_("the customer's language is %s"),
    "language": N_("it is written in %s"),
    "stage": N_("the customer's stage is %s"),
    "segment": N_("the customer belongs to %s"),
    "status": N_("the conversation is %s"),
    "team": N_("the team is %s"),
    "priority": N_("the priority is %s"),
}
_ACTS: Final[Mapping[str, str]] = {
    "reply": N_("reply with %s"),
    "assign": N_("hand it to %s"),
    "tag": N_("tag it %s"),
    "untag": N_("take the tag %s off"),
    "status": N_("set it to %s"),
    "priority": N_("set the priority to %s"),
    "topic": N_("say that it is about %s"),
    "customer_tag": N_("tag the customer %s"),
    "customer_untag": N_("take the tag %s off the customer"),
    "note": N_("note %s"),
    "stage": N_("move the customer to the stage %s"),
    "webhook": N_("call the webhook %s"),
    "forward": N_("forward it to %s"),
}
_NAMED: Final = frozenset(
    {"template", "topic", "reply", "text", "tag", "untag", "note", "webhook"}
    | {"customer_tag", "customer_untag"}
)
"""Beside these stand names and words of people's own, also where they look like one of ours."""

_SAID_TWICE: Final = frozenset(
    {"template", "tags", "team", "agent", "status", "priority", "stage", "topic", "webhook"}
)
_BARE_ACTS: Final[Mapping[str, str]] = {
    "ask_satisfaction": N_("ask how it was"),
    "spam": N_("move it to spam"),
    "block": N_("block the sender"),
    "snooze": N_("snooze it"),
    "notify": N_("notify colleagues"),
    "route": N_("let routing choose an agent"),
    "log_satisfaction": N_("log satisfaction"),
}


@dataclass(frozen=True)
class Teller:
    """Tells rules in one language. names: what slugs are called. quotes: words of people's own
    stand in quotation marks, as sentences need them and tables do not. persian: in Persian
    digits."""

    say: Say
    locale: str
    names: Mapping[str, str]
    quotes: bool = True
    persian: bool = False

    def rule(self, data: Mapping[str, Any]) -> str:
        """The sentence of a rule's data, also of one that is not valid."""
        say = self.say
        events = self.listed([self.event(one) for one in _many(data.get("when"))], last=say("or"))
        acts = self.listed(
            [self.act(key, value) for one in _many(data.get("then")) for key, value in _pairs(one)],
            last=say("and"),
        )
        conditions = self.conditions(data.get("if"))
        if data.get("default") is True:
            text = say("When %(events)s and no rule above has decided: %(acts)s.")
        elif conditions:
            text = say("When %(events)s and %(conditions)s: %(acts)s.")
        else:
            text = say("When %(events)s: %(acts)s.")
        text %= {"events": events or "…", "conditions": conditions, "acts": acts or "…"}
        if data.get("stop") is True:
            text += " " + say("Later rules are left out then.")
        return text

    def event(self, written: object) -> str:
        """An event with its argument: "a customer waits for an answer (for: 30m)"."""
        pairs = _pairs(written)
        if not pairs:
            return called(EVENTS, str(written), self.say)
        name, argument = pairs[0]
        label = called(EVENTS, name, self.say)
        return f"{label} ({self.value(argument)})" if argument else label

    def conditions(self, written: object) -> str:
        """Conditions joined as they are nested."""
        parts = [self.condition(key, value) for key, value in _pairs(written)]
        return self.listed([part for part in parts if part], last=self.say("and"))

    def condition(self, key: str, value: object) -> str:
        say = self.say
        if key in ("all", "any"):
            parts = [found for one in _many(value) if (found := self.conditions(one))]
            text = self.listed(parts, last=say("and") if key == "all" else say("or"))
            return f"({text})" if len(parts) > 1 and key == "any" else text
        if key == "not":
            inner = self.conditions(value)
            return say("not (%s)") % inner if inner else ""
        if key in _FLAGS and isinstance(value, bool):
            return say(_FLAGS[key][0 if value else 1])
        if key == "text" and isinstance(value, dict) and "mentions" in value:
            return say("it mentions %s") % self.value(value["mentions"])
        if key in _ASKS and not isinstance(value, dict):
            return say(_ASKS[key]) % self.value(value)
        return f"{called(CONDITIONS, key, say)}: {self.value(value)}"

    def act(self, key: str, value: object) -> str:
        say = self.say
        if key in _BARE_ACTS:
            return say(_BARE_ACTS[key])
        if key not in _ACTS:
            return f"{called(ACTIONS, key, say)}: {self.value(value)}"
        pairs = _pairs(value)
        if not pairs:
            return say(_ACTS[key]) % self.value(value, key)
        first, *rest = pairs
        text = say(_ACTS[key]) % self.value(first[1], first[0])
        more = [f"{called(FIELDS, name, say)} {self.value(one)}" for name, one in rest]
        return f"{text} ({say(', ').join(more)})" if more else text

    def value(self, value: object, beside: str = "") -> str:
        """What is written beside a word, as people read it."""
        say = self.say
        match value:
            case None:
                return say("nothing")
            case bool():
                return say("yes") if value else say("no")
            case [] | ():
                return say("nothing")
            case list() | tuple():
                return self.listed([self.value(one) for one in value], last=say("or"))
            case dict():
                parts = [
                    f"{called(FIELDS, str(key), say)}: {self.value(one, str(key))}"
                    for key, one in value.items()
                ]
                return say(", ").join(parts)
            case int() | float():
                return self.digits(str(value))
        return self.word(str(value), beside)

    def isolated(self, text: str) -> str:
        """Words of people's own, kept from turning the direction of what stands around them
        (UAX #9: first strong isolate)."""
        return f"\u2068{text}\u2069" if self.locale == "fa" or not text.isascii() else text

    def effect(self, name: str, detail: str) -> str:
        """An action with what came of it, as stored: "reply", "template away"."""
        label, told = called(ACTIONS, name, self.say), self.detail(detail)
        return f"{label}: {told}" if told else label

    def detail(self, detail: str) -> str:
        """The same without the word that the action's name says already."""
        first, _, rest = detail.partition(" ")
        told = rest if first in _SAID_TWICE and rest else detail
        return self.isolated(told) if told else ""

    def key(self, name: str) -> str:
        """What a key of facts or arguments is called."""
        return called(FIELDS, name, self.say)

    def word(self, text: str, beside: str = "") -> str:
        """One word: a name, a duration, one of the known values, or what somebody typed."""
        if text in self.names:
            return self.names[text]
        if text in VALUES and beside not in _NAMED:
            return self.say(VALUES[text])
        try:
            length = format_length(parse_duration(text), "fa" if self.locale == "fa" else "en")
            return self.digits(length)
        except ValueError:
            own = self.isolated(text)
            return self.say("‘%s’") % own if self.quotes else own

    def digits(self, text: str) -> str:
        return to_persian(text) if self.persian else to_latin(text)

    def listed(self, parts: Sequence[str], *, last: str) -> str:
        """a, b and c; long lists are cut short."""
        if len(parts) > 6:
            rest = self.say("%s more") % self.digits(str(len(parts) - 5))
            parts = [*parts[:5], rest]
        if len(parts) < 2:
            return "".join(parts)
        return f"{self.say(', ').join(parts[:-1])} {last} {parts[-1]}"


def _many(written: object) -> Sequence[Any]:
    if written is None:
        return ()
    return written if isinstance(written, list | tuple) else (written,)


def _pairs(written: object) -> list[tuple[str, Any]]:
    return (
        [(str(key), value) for key, value in written.items()] if isinstance(written, dict) else []
    )
