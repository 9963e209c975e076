"""A rule's text looked at as a whole: what it says, what is wrong with it and at which line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlmodel import Session

from hub.conversations import topics
from hub.policy import Policy
from hub.replies.offering import sendable
from hub.rules.engine import VOCABULARY, Path, dotted
from hub.rules.engine.vocabulary import NameKind
from hub.rules.load import FileFault, failing_examples, read_rules, unknown_names
from hub.rules.marked import Node
from hub.rules.pieces import MarkedYamlError, NotOneRule, as_item, one_rule
from hub.text.marking import in_words
from hub.web.rules.sentences import Teller
from hub.web.rules.views import Fault, Tried

_HERE: Final = "rule"

Names = Mapping[NameKind, Collection[str]]


@dataclass(frozen=True)
class Checked:
    """text: as the item of a list, or as it was given where it is none. data: None as well then.

    faults keep the rule from running; doubts are unknown names and examples that come out
    otherwise, with which it may be saved.
    """

    text: str
    data: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Fault, ...] = ()
    examples: tuple[Tried, ...] = ()


def names(session: Session, policy: Policy) -> Names:
    """Every name that a rule may refer to."""
    return {
        "account": sorted(policy.accounts),
        "agent": sorted(policy.agents),
        "channel": sorted({one.kind for one in policy.accounts.values()}),
        "segment": sorted(policy.segments.names()),
        "survey": sorted(policy.asking.kinds),
        "team": sorted(policy.teams),
        "template": sorted(sendable(session)),
        "topic": topics.slugs(session),
        "webhook": sorted(policy.webhooks),
    }


def check(text: str, known: Names, tell: Teller, *, others: Collection[str] = ()) -> Checked:
    """Look at one rule's text. others: the ids that other rules have. Never raises."""
    try:
        item = as_item(text)
        data = one_rule(item).plain()
    except MarkedYamlError as error:
        return Checked(text, None, (Fault(error.line, in_words(error.reason, tell.say)),))
    except NotOneRule as error:
        return Checked(text, None, (Fault(1, in_words(error.args[0], tell.say)),))
    if not isinstance(data, dict):
        wrong = tell.say("a rule is a mapping: begin with '- id:'")
        return Checked(text, None, (Fault(1, wrong),))
    loaded = read_rules(item, file=_HERE, vocabulary=VOCABULARY)
    node = one_rule(item)
    faults = [_placed(one, node, tell) for one in loaded.faults]
    if data.get("id") in others:
        line = node.line_at(("id",))
        told = tell.say("another rule is called '%(id)s'; choose another id")
        faults.append(Fault(line, told % {"id": data["id"]}, "id"))
    failing = failing_examples(loaded)
    # A channel that is not connected here may be by tomorrow, and no rule runs for it until then.
    missing = unknown_names(
        loaded, {kind: found for kind, found in known.items() if kind != "channel"}
    )
    doubts = [_placed(one, node, tell) for one in (*missing, *failing)]
    return Checked(
        item,
        data,
        tuple(faults),
        tuple(sorted(doubts, key=lambda one: one.line)),
        tuple(_tried(item, data, tell, [_placed(one, node, tell) for one in failing])),
    )


def _placed(fault: FileFault, node: Node, tell: Teller) -> Fault:
    message = in_words(fault.message, tell.say)
    return Fault(fault.line, message, dotted(_path_at(node, fault.line)))


def _path_at(node: Node, line: int) -> Path:
    """The innermost place in a rule that begins at or before a line and is alone on its own."""
    parts: list[tuple[int, str | int, Node]] = []
    match node.value:
        case dict():
            parts = [(node.keys[key], key, value) for key, value in node.value.items()]
        case list():
            parts = [(one.line, place, one) for place, one in enumerate(node.value)]
    before = [part for part in parts if part[0] <= line]
    if not before:
        return ()
    start, step, inner = before[-1]
    if sum(part[0] == start for part in before) > 1:
        return ()
    return (step, *_path_at(inner, line))


def _tried(text: str, data: Mapping[str, Any], tell: Teller, wrong: list[Fault]) -> list[Tried]:
    written = data.get("examples")
    if not isinstance(written, list):
        return []
    node, plain = one_rule(text), replace(tell, quotes=False)
    starts = [node.line_at(("examples", place)) for place in range(len(written))]
    shown = []
    for place, one in enumerate(written):
        end = starts[place + 1] if place + 1 < len(starts) else 10**9
        given = one.get("given") if isinstance(one, dict) else None
        expect = one.get("expect") if isinstance(one, dict) else None
        shown.append(
            Tried(
                plain.value(given) if given else "",
                plain.value(expect) if expect else "",
                tuple(fault.message for fault in wrong if starts[place] <= fault.line < end),
            )
        )
    return shown
