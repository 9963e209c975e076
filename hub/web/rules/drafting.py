"""The live rules with one of them as somebody is about to save it: what trying out is done with."""

from __future__ import annotations

from sqlmodel import Session

from hub.rules import editing
from hub.rules.engine import RuleSet, compile_rules
from hub.rules.load import Loaded, read_rules
from hub.rules.pieces import MarkedYamlError, NotOneRule, NotThere, as_item, one_rule, split

DRAFT = "draft"


class Unreadable(ValueError):
    """The draft is no rule that could be tried."""


def drafted(session: Session, key: str | None, text: str) -> tuple[str, str]:
    """The whole text with the draft in its place, and the draft's id.

    An empty draft leaves the live rules as they are. Raises Unreadable.
    """
    revision = editing.newest(session)
    source = revision.source if revision else ""
    if not text.strip():
        return source, ""
    try:
        item = as_item(text)
        pieces = split(source)
        data = one_rule(item).plain()
        if key is not None and key in pieces.keys:
            changed = pieces.with_text(key, item)
        else:
            changed = pieces.inserted(item, pieces.keys[0] if pieces.keys else None)
    except (MarkedYamlError, NotOneRule, NotThere) as error:
        raise Unreadable(*error.args) from None
    name = data.get("id") if isinstance(data, dict) else None
    return str(changed), name if isinstance(name, str) else ""


def compiled(source: str) -> tuple[RuleSet, Loaded]:
    """A text of rules, ready; what is not valid takes no part."""
    loaded = read_rules(source, file=DRAFT)
    return compile_rules(loaded.rules), loaded
