"""The simulator: somebody writes as a customer, and sees what the rules make of it.

Nothing is sent and nothing is stored: the whole chat travels with the form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from hub.message import Buttons, Card, plain_text
from hub.policy import Policy
from hub.replies import TemplateError
from hub.rules.engine import Effect, Facts, RuleSet
from hub.rules.engine.effects import (
    AddTags,
    Assign,
    RemoveTags,
    Reply,
    SetAttribute,
    SetPriority,
    SetStage,
    SetStatus,
)
from hub.rules.engine.example import Given
from hub.rules.engine.faults import dotted, from_validation
from hub.rules.load import Loaded
from hub.rules.marked import MarkedYamlError, parse_yaml
from hub.store.database import Session
from hub.text.marking import in_words
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.rules import checking
from hub.web.rules.catalogue import catalogue
from hub.web.rules.drafting import Unreadable, compiled, drafted
from hub.web.rules.telling import teller
from hub.web.rules.tracing import Reader, Traced
from hub.web.rules.words import EVENTS, called

LONGEST: Final = 100_000
_CONTROLS: Final = ("flag", "choice", "word", "words", "number", "duration", "map", "object")
MOST_TURNS: Final = 200
EVENTS_OF_A_MESSAGE: Final = ("message.received", "customer.paused")
_BY_ITSELF: Final = ("text", "subject", "first_message", "replied")
"""Facts that come from the chat itself."""


class Turn(BaseModel):
    """One thing said, or done. side: "customer", "hub", or "act" for a line between."""

    model_config = ConfigDict(extra="forbid")

    side: str
    text: str = Field(max_length=10_000)
    minute: int = 0
    buttons: list[tuple[str, str]] = []
    """Label and what it carries."""
    rule: str = ""


class Chat(BaseModel):
    """All that the simulated conversation is. minute: since it began. replied: by template."""

    model_config = ConfigDict(extra="forbid")

    turns: list[Turn] = Field(default_factory=list, max_length=MOST_TURNS)
    minute: int = 0
    replied: dict[str, int] = {}
    held: dict[str, Any] = {}
    """What rules set: the team, and whatever else `Given` knows."""


@dataclass(frozen=True)
class Evaluated:
    """One event of the last message, and its trace."""

    event: str
    traced: Traced


@dataclass(frozen=True)
class Simulator:
    """GET and POST /rules/simulator; a fragment for a script.

    controls: the facts that can be set, as fields of the catalogue by name; given: their values.
    """

    chat: Chat
    controls: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, Any]
    given: Mapping[str, str]
    evaluated: tuple[Evaluated, ...]
    draft: str
    key: str
    drafted: str
    error: str = ""
    partial: bool = False
    template: ClassVar[str] = "rules/simulator.html"

    @property
    def dumped(self) -> str:
        return self.chat.model_dump_json()


@dataclass(frozen=True)
class SimulatorPart(Simulator):
    template: ClassVar[str] = "rules/simulated.html"


@dataclass
class _Run:
    """One message on its way through the rules."""

    asked: Asked
    policy: Policy
    ruleset: RuleSet
    loaded: Loaded
    reader: Reader
    chat: Chat
    given: dict[str, Any]
    evaluated: list[Evaluated] = field(default_factory=list)

    def say(self, text: str) -> None:
        """The customer writes: it arrives, and then nothing more comes."""
        first = all(turn.side != "customer" for turn in self.chat.turns)
        self.chat.turns.append(Turn(side="customer", text=text, minute=self.chat.minute))
        for event in EVENTS_OF_A_MESSAGE:
            if event == EVENTS_OF_A_MESSAGE[0] or self._concerns(event):
                self._evaluate(event, first_message=first, text=text)
        self.chat.minute += 1

    def press(self, value: str) -> None:
        """The customer presses a button."""
        shown = [pair for turn in self.chat.turns for pair in turn.buttons if pair[1] == value]
        label = shown[-1][0] if shown else value
        self.chat.turns.append(Turn(side="customer", text=label, minute=self.chat.minute))
        self._evaluate("button.pressed", button=value)
        self.chat.minute += 1

    def _concerns(self, event: str) -> bool:
        return bool(self.ruleset.by_event.get(event) or self.ruleset.defaults.get(event))

    def _evaluate(self, event: str, **brought: Any) -> None:
        now = self.chat.minute
        given = {
            **self.chat.held,
            **brought,
            **self.given,
            "replied": {
                name: timedelta(minutes=max(now - then, 1))
                for name, then in self.chat.replied.items()
            },
        }
        facts = Given.model_validate(given).facts(event)
        traced, trace = self.reader.full(self.ruleset, facts, None, self.loaded)
        label = called(EVENTS, event, self.asked.say)
        self.evaluated.append(Evaluated(label, traced))
        for effect in trace.decision.effects:
            self._apply(effect, facts)

    def _apply(self, effect: Effect, facts: Facts) -> None:
        """Show what would be done; remember what later messages would find."""
        held = self.chat.held
        tags = set(held.get("tags", ()))
        match effect:
            case Reply():
                self._reply(effect, facts)
                return
            case Assign(team=str(team)):
                held["team"] = team
            case Assign(agent=str(agent)):
                held["assignee"] = agent
            case AddTags():
                held["tags"] = sorted(tags | set(effect.tags))
            case RemoveTags():
                held["tags"] = sorted(tags - set(effect.tags))
            case SetStatus():
                held["status"] = effect.status
            case SetPriority():
                held["priority"] = effect.priority
            case SetStage():
                held["stage"] = effect.stage
            case SetAttribute():
                held["attributes"] = {**held.get("attributes", {}), effect.name: effect.value}
        tell = self.reader.tell
        name = effect.path.rpartition(".")[2]
        words = tell.effect(name, str(effect))
        self.chat.turns.append(
            Turn(side="act", text=words, minute=self.chat.minute, rule=effect.rule)
        )

    def _reply(self, effect: Reply, facts: Facts) -> None:
        locale = str(self.given.get("locale") or self.policy.locale)
        try:
            content = self.policy.render(
                effect.template,
                locale,
                {
                    "customer": {"name": None, "locale": locale, "attributes": {}},
                    "conversation": {"number": 1, "subject": None},
                    "hours": facts.hours.variables(),
                    "organisation": {"name": self.policy.brand_name},
                    "webhook": {"answer": {}},
                    "now": facts.now,
                },
            )
        except TemplateError as error:
            self.chat.turns.append(Turn(side="act", text=str(error), rule=effect.rule))
            return
        buttons = [
            (button.label, button.value)
            for block in content
            if isinstance(block, Buttons | Card)
            for line in block.rows
            for button in line
            if button.value is not None
        ]
        self.chat.turns.append(
            Turn(
                side="hub",
                text=plain_text(content),
                minute=self.chat.minute,
                buttons=buttons,
                rule=effect.rule,
            )
        )
        self.chat.replied[effect.template] = self.chat.minute


async def show(asked: Asked) -> Response:
    """GET /rules/simulator"""
    return await _answer(asked, Chat(), "", {})


async def write(asked: Asked) -> Response:
    """POST /rules/simulator: state, say or press, wait, again, draft, key, and facts by name."""
    given = {
        name: asked.field(f"given-{name}")
        for name in Given.model_fields
        if asked.field(f"given-{name}")
    }
    state = asked.field("state")
    if len(state) > LONGEST * 4:
        raise status(413)
    try:
        chat = Chat.model_validate_json(state) if state and not asked.field("again") else Chat()
    except ValidationError:
        raise status(400) from None
    if asked.field("wait").isdecimal():
        chat.minute += min(int(asked.field("wait")), 60 * 24 * 60)
    if asked.field("again") or asked.field("wait"):
        return await _answer(asked, chat, "", given)
    press = asked.field("press")[:200]
    words = press or asked.field("say").strip()[:10_000]
    return await _answer(asked, chat, words, given, pressed=bool(press))


async def _answer(
    asked: Asked, chat: Chat, words: str, given: Mapping[str, str], *, pressed: bool = False
) -> Response:
    draft, key = asked.field("draft").replace("\r\n", "\n"), asked.field("key")

    def read(session: Session) -> tuple[Simulator, inbox.Beside]:
        simulated = _simulate(session, asked, chat, words, given, draft, key, pressed=pressed)
        return simulated, inbox.beside(session, asked.viewer)

    shown, around = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="rules")
    if asked.partial:
        return await asked.show(SimulatorPart(**vars(shown)), page=page)
    return await asked.show(shown, page=page)


def _simulate(
    session: Session,
    asked: Asked,
    chat: Chat,
    words: str,
    given: Mapping[str, str],
    draft: str,
    key: str,
    *,
    pressed: bool,
) -> Simulator:
    policy, tell = asked.site.context.policy(), teller(asked, session)
    offered = catalogue(checking.names(session, policy), asked.say, tell.names)
    controls = {
        name: one
        for name, one in offered["given"]["fields"].items()
        if name not in _BY_ITSELF and one["kind"] in _CONTROLS
    }
    shown = Simulator(
        chat=chat,
        controls=controls,
        names=offered["names"],
        given=given,
        evaluated=(),
        draft=draft,
        key=key,
        drafted="",
    )
    try:
        source, name = drafted(session, key or None, draft)
    except Unreadable as error:
        return replace(shown, error=in_words(error.args[0], asked.say))
    ruleset, loaded = compiled(source)
    run = _Run(asked, policy, ruleset, loaded, Reader(tell), chat, {})
    try:
        run.given = dict(_values(given, controls))
        if words and len(chat.turns) < MOST_TURNS - 20:
            (run.press if pressed else run.say)(words)
    except (ValidationError, ValueError) as error:
        chat.turns = [turn for turn in chat.turns if turn.text != words or turn.side != "customer"]
        return replace(shown, drafted=name, error=_told(error, asked))
    return replace(shown, evaluated=tuple(run.evaluated), drafted=name)


def _values(
    given: Mapping[str, str], controls: Mapping[str, Mapping[str, Any]]
) -> Iterable[tuple[str, Any]]:
    """What was set by the controls, as values of their kinds."""
    for name, text in given.items():
        match controls.get(name, {}).get("kind"):
            case "flag":
                yield name, text == "true"
            case "number":
                yield name, json.loads(text)
            case "words":
                yield (
                    name,
                    [one.strip() for one in text.replace("،", ",").split(",") if one.strip()],
                )
            case "choice" | "word" | "duration":
                yield name, text
            case "map" | "object":
                yield name, _mapping(text)
            case _:
                pass


def _mapping(text: str) -> object:
    """What was written as `city: Tehran, orders: 3`. Raises ValueError."""
    written = text.strip().replace("،", ",")
    try:
        return parse_yaml(written if written.startswith("{") else f"{{{written}}}").plain()
    except MarkedYamlError as error:
        raise ValueError(error.reason) from None


def _told(error: Exception, asked: Asked) -> str:
    if isinstance(error, ValidationError):
        first = from_validation(error, (), Given.model_fields)[0]
        return f"{dotted(first.path)}: {in_words(first.message, asked.say)}"
    why = in_words(error.args[0], asked.say) if error.args else ""
    return f"{asked.say('One of the facts is not possible.')} {why}"
