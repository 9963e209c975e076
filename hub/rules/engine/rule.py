"""A rule, from the plain data that a file or the browser's builder holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from hub.rules.engine.arguments import Name
from hub.rules.engine.example import Example
from hub.rules.engine.faults import Fault, Path, dotted, from_validation, nearest, shown
from hub.rules.engine.occasions import Occasion
from hub.rules.engine.vocabulary import Action, Condition, Event, NameKind, Need, Vocabulary
from hub.text.marking import Sentence

DEEPEST: Final = 32
"""Groups of conditions may be nested this deep."""

GROUPS: Final = ("all", "any", "not")


@dataclass(frozen=True)
class Ask:
    """One condition with its argument. `wanted` is the argument as JSON, for the trace."""

    path: str
    condition: Condition[Any]
    argument: Any
    wanted: Any


@dataclass(frozen=True)
class Group:
    """`form` is "all", "any" or "not"; a "not" has one child."""

    path: str
    form: str
    children: tuple[Tree, ...]


Tree = Ask | Group


@dataclass(frozen=True)
class Act:
    """One action with its argument."""

    path: str
    action: Action[Any]
    argument: Any


@dataclass(frozen=True)
class Rule:
    """A valid rule.

    when: the keys of `occasions`. `data` is what it was parsed from, in plain JSON types.
    """

    id: str
    about: str
    when: tuple[str, ...]
    occasions: tuple[Occasion, ...]
    condition: Tree | None
    acts: tuple[Act, ...]
    stop: bool
    default: bool
    enabled: bool
    examples: tuple[Example, ...]
    data: Mapping[str, Any]

    def names(self) -> Iterator[tuple[NameKind, str, Path]]:
        """Every name of something outside the rules, with its kind and the place it stands at."""
        for path, word, argument in self._worded():
            for kind, name in word.names(argument):
                yield kind, name, path

    def _worded(self) -> Iterator[tuple[Path, Condition[Any] | Action[Any], Any]]:
        for ask in asks(self.condition):
            yield steps(ask.path), ask.condition, ask.argument
        for act in self.acts:
            yield steps(act.path), act.action, act.argument


def asks(tree: Tree | None) -> Iterator[Ask]:
    """Every condition of a tree, in the order in which they are looked at."""
    match tree:
        case Ask():
            yield tree
        case Group():
            for child in tree.children:
                yield from asks(child)


def steps(path: str) -> Path:
    """Read a dotted path back: "if.all[1].hours" is ("if", "all", 1, "hours")."""
    parts = path.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts)


def _listed(written: object) -> object:
    return [written] if isinstance(written, str | dict) else written


class _Frame(BaseModel):
    """What stands around conditions and actions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name
    about: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    when: Annotated[tuple[Any, ...], BeforeValidator(_listed), Field(min_length=1)]
    condition: Any = Field(default=None, alias="if")
    then: list[Any] = Field(min_length=1)
    stop: StrictBool = False
    default: StrictBool = False
    enabled: StrictBool = True
    examples: list[Any] = []


KEYS: Final = tuple(field.alias or name for name, field in _Frame.model_fields.items())
"""The keys of a rule, in the order in which they are written."""

FRAME: Final = _Frame
_EXAMPLE: Final = TypeAdapter(Example)


class _Faulty(Exception):
    def __init__(self, faults: list[Fault]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Parsed:
    """A rule, or what keeps it from being one. `id` is given where it could be read."""

    id: str | None
    rule: Rule | None
    faults: tuple[Fault, ...]


def parse_rule(data: object, vocabulary: Vocabulary) -> Parsed:
    """Check one rule completely; every fault is reported, not only the first. Never raises."""
    if not isinstance(data, dict):
        return Parsed(
            None,
            None,
            (Fault((), Sentence("a rule is a mapping, not %(data)s", data=shown(data))),),
        )
    name = data.get("id")
    id_ = name if isinstance(name, str) else None
    strangers = [key for key in data if not isinstance(key, str)]
    if strangers:
        fault = Fault(
            (), Sentence("a key is a word, not %(strangers)s", strangers=shown(strangers[0]))
        )
        return Parsed(id_, None, (fault,))
    try:
        frame = _Frame.model_validate(data)
    except ValidationError as error:
        faults = from_validation(error, (), KEYS)
        return Parsed(id_, None, (*faults, *_Reader(vocabulary).faults_within(data)))
    reader = _Reader(vocabulary)
    rule = reader.rule(frame, data)
    return Parsed(id_, None if reader.faults else rule, tuple(reader.faults))


def parse_conditions(
    data: object, vocabulary: Vocabulary, path: Path = ("if",)
) -> tuple[Tree | None, tuple[Fault, ...]]:
    """Check conditions that stand by themselves, as a segment's do. Never raises."""
    reader = _Reader(vocabulary)
    tree = reader.conditions(data, path)
    return (None if reader.faults else tree), tuple(reader.faults)


class _Reader:
    """Collects the faults of one rule while reading it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.faults: list[Fault] = []
        self._brought: frozenset[str] | None = frozenset()

    def fault(self, path: Path, message: str) -> None:
        self.faults.append(Fault(path, message))

    def conditions(self, data: object, path: Path) -> Tree | None:
        return self._group(data, path, 0)

    def rule(self, frame: _Frame, data: Mapping[str, Any]) -> Rule:
        occasions = self._when(frame.when, single=not isinstance(data["when"], list))
        if frame.default:
            for key, given in (("if", frame.condition is not None), ("stop", frame.stop)):
                if given:
                    self.fault(
                        (key,),
                        Sentence("a default always applies, so it has no '%(key)s'", key=key),
                    )
        condition = None
        if frame.condition is not None:
            condition = self._group(frame.condition, ("if",), 0)
        acts = [self._act(item, ("then", place)) for place, item in enumerate(frame.then)]
        examples = [
            self._example(item, ("examples", place)) for place, item in enumerate(frame.examples)
        ]
        return Rule(
            id=frame.id,
            about=frame.about,
            when=tuple(occasion.key for occasion in occasions),
            occasions=occasions,
            condition=condition,
            acts=tuple(act for act in acts if act is not None),
            stop=frame.stop,
            default=frame.default,
            enabled=frame.enabled,
            examples=tuple(example for example in examples if example is not None),
            data=data,
        )

    def faults_within(self, data: Mapping[str, Any]) -> list[Fault]:
        """The faults of conditions, actions and examples where the rule around them is broken."""
        match data.get("when"):
            case str() | dict() as one:
                self._when((one,), single=True)
            case list() as several:
                self._when(tuple(several), single=False)
            case _:
                self._brought = None
        if data.get("if") is not None:
            self._group(data["if"], ("if",), 0)
        for key, read in (("then", self._act), ("examples", self._example)):
            if isinstance(data.get(key), list):
                for place, item in enumerate(data[key]):
                    read(item, (key, place))
        return self.faults

    def _when(self, written: tuple[object, ...], *, single: bool) -> tuple[Occasion, ...]:
        """What the rule is about, each once; notes which facts all of it bring."""
        brought: list[frozenset[Need]] = []
        found: dict[str, Occasion] = {}
        for place, one in enumerate(written):
            path: Path = ("when",) if single else ("when", place)
            event, argument = self._event(one, path)
            if event is None:
                continue
            brought.append(event.brings)
            for occasion in self._occasions(event, argument, path):
                found.setdefault(occasion.key, occasion)
        # Where no event is known nothing can be said about what it brings.
        self._brought = frozenset[str].intersection(*brought) if brought else None
        return tuple(found.values())

    def _event(self, written: object, path: Path) -> tuple[Event | None, object]:
        """The event that is named, and what is written beside its name."""
        argument: object = None
        name = written
        if isinstance(written, dict) and len(written) == 1:
            name, argument = next(iter(written.items()))
        if not isinstance(name, str):
            self.fault(
                path,
                Sentence(
                    "an event is a name, or one mapping like 'time.unanswered: {for: 30m}', not "
                    "%(written)s",
                    written=shown(written),
                ),
            )
            return None, None
        event = self.vocabulary.events.get(name)
        if event is None:
            hint = nearest(name, self.vocabulary.events)
            self.fault(
                path, Sentence("there is no event %(name)s%(hint)s", name=shown(name), hint=hint)
            )
        return event, argument

    def _occasions(self, event: Event, written: object, path: Path) -> Iterable[Occasion]:
        if event.argument is None:
            if written is not None:
                self.fault(
                    (*path, event.name),
                    Sentence("the event '%(name)s' takes nothing", name=event.name),
                )
            return (Occasion(event.name),)
        if written is None and event.each:
            return [Occasion(event.name, argument) for argument in event.each]
        if not isinstance(written, dict):
            keys = ", ".join(_keys(event.argument))
            wanted = Sentence(
                "'%(name)s' needs a mapping beside it, of %(keys)s", name=event.name, keys=keys
            )
            self.fault(
                path,
                wanted
                if written is None
                else Sentence("%(wanted)s, not %(given)s", wanted=wanted, given=shown(written)),
            )
            return ()
        try:
            return (Occasion(event.name, event.argument.validate_python(written)),)
        except ValidationError as error:
            where = (*path, event.name)
            self.faults += from_validation(error, where, _keys(event.argument))
            return ()

    def _group(self, written: object, path: Path, depth: int) -> Tree | None:
        """A mapping whose keys are conditions and groups, all of which must hold."""
        if depth > DEEPEST:
            self.fault(
                path,
                Sentence(
                    "conditions are nested more than %(deepest)s deep; split the rule",
                    deepest=DEEPEST,
                ),
            )
            return None
        if not isinstance(written, dict) or not written:
            self.fault(
                path,
                Sentence(
                    "conditions are a mapping like 'hours: open', not %(written)s",
                    written=shown(written),
                ),
            )
            return None
        found = [self._entry(key, value, (*path, key), depth) for key, value in written.items()]
        children = tuple(child for child in found if child is not None)
        return children[0] if len(children) == 1 else Group(dotted(path), "all", children)

    def _entry(self, key: object, written: object, path: Path, depth: int) -> Tree | None:
        if key == "not":
            child = self._group(written, path, depth + 1)
            return Group(dotted(path), "not", (child,)) if child is not None else None
        if key in ("all", "any"):
            if not isinstance(written, list) or not written:
                self.fault(
                    path,
                    Sentence(
                        "'%(key)s' takes a list of conditions, not %(written)s",
                        key=key,
                        written=shown(written),
                    ),
                )
                return None
            found = [
                self._group(item, (*path, place), depth + 1) for place, item in enumerate(written)
            ]
            return Group(dotted(path), str(key), tuple(item for item in found if item is not None))
        return self._ask(key, written, path)

    def _ask(self, key: object, written: object, path: Path) -> Ask | None:
        condition = self.vocabulary.conditions.get(key) if isinstance(key, str) else None
        if condition is None:
            hint = nearest(str(key), [*self.vocabulary.conditions, *GROUPS])
            self.fault(
                path, Sentence("there is no condition %(key)s%(hint)s", key=shown(key), hint=hint)
            )
            return None
        if self._lacks(condition, path):
            return None
        argument = self._argument(condition, written, path)
        if argument is None:
            return None
        wanted = condition.argument.dump_python(
            argument, mode="json", exclude_none=True, exclude_defaults=True
        )
        return Ask(dotted(path), condition, argument, wanted)

    def _act(self, written: object, path: Path) -> Act | None:
        if not isinstance(written, dict) or len(written) != 1:
            self.fault(
                path,
                Sentence(
                    "an action is one mapping like 'reply: welcome', not %(written)s",
                    written=shown(written),
                ),
            )
            return None
        key, argument = next(iter(written.items()))
        path = (*path, key)
        action = self.vocabulary.actions.get(key) if isinstance(key, str) else None
        if action is None:
            hint = nearest(str(key), self.vocabulary.actions)
            self.fault(
                path, Sentence("there is no action %(key)s%(hint)s", key=shown(key), hint=hint)
            )
            return None
        if self._lacks(action, path):
            return None
        value = self._argument(action, argument, path)
        return None if value is None else Act(dotted(path), action, value)

    def _lacks(self, word: Condition[Any] | Action[Any], path: Path) -> bool:
        """Whether an event of the rule comes without what the word is about."""
        missing = word.needs - self._brought if self._brought is not None else ()
        if missing:
            told = Sentence(
                "'%(name)s' needs a %(needed)s, which not every event under 'when' brings",
                name=word.name,
                needed=", ".join(sorted(missing)),
            )
            self.fault(path, told)
        return bool(missing)

    def _argument(
        self, word: Condition[Any] | Action[Any], written: object, path: Path
    ) -> Any | None:
        try:
            return word.argument.validate_python(written)
        except ValidationError as error:
            self.faults += from_validation(error, path, _keys(word.argument))
            return None

    def _example(self, written: object, path: Path) -> Example | None:
        try:
            return _EXAMPLE.validate_python(written)
        except ValidationError as error:
            self.faults += from_validation(error, path, Example.keys())
            return None


def _keys(argument: TypeAdapter[Any]) -> Iterable[str]:
    """The keys of what is written beside a name, where that is a mapping."""
    keys: Iterable[str] = argument.json_schema().get("properties", ())
    return keys


def canonical(data: object) -> str:
    """Data as JSON text in which equal rules are equal texts."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
