"""Rules out of files, with every fault told by file and line.

A file that is no YAML gives no rules; a rule that does not validate is unavailable, with its
reasons; everything else runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hub.rules.engine import VOCABULARY, Fault, Rule, Vocabulary, nearest, parse_rule
from hub.rules.engine.vocabulary import NameKind
from hub.rules.examples import check_examples
from hub.rules.marked import MarkedYamlError, Node, parse_yaml
from hub.text.marking import Sentence

SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault at its place. `str()` gives "rules/20-away.yaml:7: what is wrong"."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A rule that can not run, with its reasons. `id` is None where it could not be read."""

    id: str | None
    file: str
    line: int
    faults: tuple[FileFault, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and where it stands. `lines` is the parsed text, for telling later faults."""

    rule: Rule
    file: str
    lines: Node

    def fault(self, fault: Fault) -> FileFault:
        return FileFault(self.file, self.lines.line_at(fault.path), fault.message)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What some files hold: rules in order, rules that can not run, and files that are no YAML."""

    placed: tuple[Placed, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    unreadable: tuple[FileFault, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(one.rule for one in self.placed)

    @property
    def faults(self) -> tuple[FileFault, ...]:
        """Everything that is wrong, in the order of the files."""
        return (*self.unreadable, *(fault for one in self.unavailable for fault in one.faults))


def read_rules(text: str, *, file: str, vocabulary: Vocabulary = VOCABULARY) -> Loaded:
    """The rules of one text: a list of mappings. Never raises; `file` names it in the faults."""
    try:
        document = parse_yaml(text)
    except MarkedYamlError as error:
        return Loaded(unreadable=(FileFault(file, error.line, error.reason),))
    if document.value is None:
        return Loaded()
    if not isinstance(document.value, list):
        fault = FileFault(
            file, document.line, Sentence("a file of rules is a list: begin each with '- id:'")
        )
        return Loaded(unreadable=(fault,))
    placed: list[Placed] = []
    unavailable: list[Unavailable] = []
    for node in document.value:
        parsed = parse_rule(node.plain(), vocabulary)
        if parsed.rule is not None:
            placed.append(Placed(parsed.rule, file, node))
            continue
        faults = tuple(
            FileFault(file, node.line_at(fault.path), fault.message) for fault in parsed.faults
        )
        unavailable.append(Unavailable(parsed.id, file, node.line, faults))
    return _unique(Loaded(tuple(placed), tuple(unavailable)))


def read_files(files: Mapping[str, str], vocabulary: Vocabulary = VOCABULARY) -> Loaded:
    """The rules of several texts by file name, in the order given. Never raises."""
    parts = [read_rules(text, file=name, vocabulary=vocabulary) for name, text in files.items()]
    return _unique(
        Loaded(
            tuple(one for part in parts for one in part.placed),
            tuple(one for part in parts for one in part.unavailable),
            tuple(one for part in parts for one in part.unreadable),
        )
    )


def rule_files(directory: Path) -> dict[str, str]:
    """The texts of a directory's rule files by name, sorted by name: the order of the rules.

    Raises OSError where a file can not be read and UnicodeDecodeError where it is not UTF-8.
    """
    paths = sorted(path for path in directory.iterdir() if path.suffix in SUFFIXES)
    return {path.name: path.read_text(encoding="utf-8-sig") for path in paths}


def unknown_names(
    loaded: Loaded, known: Mapping[NameKind, Collection[str]]
) -> tuple[FileFault, ...]:
    """Faults for names of teams, templates, accounts … that do not exist.

    Kinds that `known` leaves out are not checked.
    """
    return tuple(
        placed.fault(
            Fault(
                path,
                Sentence(
                    "there is no %(kind)s '%(name)s'%(hint)s",
                    kind=kind,
                    name=name,
                    hint=nearest(name, known[kind]),
                ),
            )
        )
        for placed in loaded.placed
        for kind, name, path in placed.rule.names()
        if kind in known and name not in known[kind]
    )


def failing_examples(loaded: Loaded) -> tuple[FileFault, ...]:
    """Faults for every example whose rule does something else than it expects."""
    return tuple(
        placed.fault(fault) for placed in loaded.placed for fault in check_examples(placed.rule)
    )


def _unique(loaded: Loaded) -> Loaded:
    """Make every rule unavailable whose id an earlier one has."""
    first: dict[str, Placed] = {}
    unavailable = list(loaded.unavailable)
    for one in loaded.placed:
        before = first.setdefault(one.rule.id, one)
        if before is not one:
            where = f"{before.file}:{before.lines.line}"
            fault = one.fault(
                Fault(
                    ("id",),
                    Sentence(
                        "a rule is called '%(id)s' already, in %(where)s",
                        id=one.rule.id,
                        where=where,
                    ),
                )
            )
            unavailable.append(Unavailable(one.rule.id, one.file, one.lines.line, (fault,)))
    return replace(loaded, placed=tuple(first.values()), unavailable=tuple(unavailable))


def report(faults: Iterable[FileFault]) -> str:
    """Faults as lines for a terminal."""
    return "\n".join(str(fault) for fault in faults)


__all__: Sequence[str] = [
    "FileFault",
    "Loaded",
    "Placed",
    "Unavailable",
    "failing_examples",
    "read_files",
    "read_rules",
    "report",
    "rule_files",
    "unknown_names",
]
