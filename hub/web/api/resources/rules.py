"""Rules: what happens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.rules import editing
from hub.rules.editing import Conflict, Saved
from hub.rules.pieces import MarkedYamlError, NotOneRule, Piece, Pieces, one_rule, split
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Number, Ordinal, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.rules.checking import Checked, check, names
from hub.web.rules.editing import taken
from hub.web.rules.sentences import Teller
from hub.web.words import words

resource = Resource(
    "Rules",
    "What happens by itself: in order, each written in YAML as the documentation says.",
    refuses={
        Conflict: problem.CONFLICT,
        MarkedYamlError: problem.CONFLICT,
        NotOneRule: problem.CONFLICT,
    },
)

BODY = 2_000_000
Text = Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"^[^\x00]*$")]
Key = Annotated[
    str, Path(min_length=1, max_length=80, description="Its id, or `@3` for a third without one")
]
_TEXT = """\
- id: spam-words
  when: message.received
  if:
    text: {mentions: [lottery]}
  then:
    - spam: true
"""


class Rule(Shown):
    """A rule as it is written. faults: why it can not run."""

    model_config = example(key="spam-words", enabled=True, text=_TEXT, faults=[])

    key: str
    enabled: bool
    text: str
    faults: list[str]


class RuleChanged(Shown):
    """What a change came to."""

    model_config = example(key="spam-words", revision=12, before=11, others=False)

    key: str | None
    revision: int | None = Field(description="Of all rules, the one that counts now")
    before: int | None = Field(description="The one that counted until then")
    others: bool = Field(description="Somebody changed other rules meanwhile, which were kept")


class RuleFault(Shown):
    """Something in a text, at its line."""

    model_config = example(line=4, message="there is no condition 'txt'", path="if")

    line: int
    message: str
    path: str


class RuleCheck(Shown):
    """What was found in a text. faults keep a rule from running, doubts do not."""

    model_config = example(text=_TEXT, faults=[], doubts=[])

    text: str
    faults: list[RuleFault]
    doubts: list[RuleFault]


class RuleText(Given):
    """A rule to be saved."""

    model_config = example(text=_TEXT, revision=11, anyway=False)

    text: Text
    revision: Number | None = Field(
        None, description="The revision that you saw; null: whatever is there is written over"
    )
    anyway: Flag = Field(
        False, description="Save although it names what is not there, or an example fails"
    )


class RuleDraft(Given):
    """A text to be looked at. key: of the rule that it is to replace."""

    model_config = example(text=_TEXT, key=None)

    text: Text
    key: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None


class RuleSwitch(Given):
    """Whether a rule runs."""

    model_config = example(enabled=False)

    enabled: Flag


class RulePlace(Given):
    """Where a rule is to go. before: the key of another one; null: to the end."""

    model_config = example(before="default")

    before: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None


@resource.get("/rules", needs=Right.SEE_RULES)
async def page(call: Call, paging: Paged) -> Page[Rule]:
    """List the rules, in their order."""

    def read(session: Session) -> Page[Rule]:
        known = names(session, call.context.policy())

        def shown(one: Piece) -> Rule:
            return _shown(one.key, one.text, check(one.text, known, _teller()))

        return paged(_pieces(session).pieces, paging, key=lambda one: one.key, show=shown)

    return await call.read(read)


@resource.post("/rules", needs=Right.EDIT_RULES, status=201, body=BODY)
async def make(call: Call, given: RuleText) -> RuleChanged:
    """Save a new rule, before the last default."""
    return await _save(call, None, given)


@resource.post("/rules/check", needs=Right.SEE_RULES, body=BODY)
async def look(call: Call, given: RuleDraft) -> RuleCheck:
    """Look at a text: what keeps it from running, and what is doubtful. Nothing is saved."""
    found = await call.read(_checked, call, given.key, given.text)
    return RuleCheck(
        text=found.text,
        faults=[RuleFault.model_validate(one) for one in found.faults],
        doubts=[RuleFault.model_validate(one) for one in found.doubts],
    )


@resource.get("/rules/{key}", needs=Right.SEE_RULES)
async def show(call: Call, key: Key) -> Rule:
    """Show a rule as it is written."""

    def read(session: Session) -> Rule:
        text = _pieces(session).find(key).text
        return _shown(key, text, check(text, names(session, call.context.policy()), _teller()))

    return await call.read(read)


@resource.put("/rules/{key}", needs=Right.EDIT_RULES, body=BODY)
async def save(call: Call, key: Key, given: RuleText) -> RuleChanged:
    """Save a rule's text.

    What others saved since `revision` is kept where it concerns other rules. Where it concerns
    this one, nothing is saved.
    """
    return await _save(call, key, given)


@resource.patch("/rules/{key}", needs=Right.EDIT_RULES)
async def switch(call: Call, key: Key, given: RuleSwitch) -> RuleChanged:
    """Switch a rule on or off."""
    return await _change(call, key, editing.switching(key, on=given.enabled))


@resource.post("/rules/{key}/move", needs=Right.EDIT_RULES)
async def move(call: Call, key: Key, given: RulePlace) -> RuleChanged:
    """Put a rule before another one, or at the end."""
    return await _change(call, key, editing.moving(key, given.before))


@resource.post("/rules/{key}/copy", needs=Right.EDIT_RULES, status=201)
async def copy(call: Call, key: Key) -> RuleChanged:
    """Copy a rule under a free name; the copy is off."""

    def write(session: Session) -> Made:
        revision = editing.newest(session, locked=True)
        name = editing.free_name(split(revision.source if revision else ""), key.lstrip("@"))
        return _written(session, call, name, editing.copying(key, name))

    return RuleChanged.model_validate(await call.once(write))


@resource.delete("/rules/{key}", needs=Right.EDIT_RULES)
async def remove(call: Call, key: Key) -> RuleChanged:
    """Remove a rule; `before` names the revision that brings it back."""
    return await _change(call, key, editing.removing(key))


@resource.post("/rules/back/{revision}", needs=Right.EDIT_RULES)
async def bring_back(call: Call, revision: Annotated[Ordinal, Path()]) -> RuleChanged:
    """Put rules that stood in a revision and do not any more back into their places."""

    def write(session: Session) -> Made:
        saved = editing.bring_back(session, revision, agent_id=call.viewer.agent_id, now=call.now)
        return _stored(saved, None)

    return RuleChanged.model_validate(await call.once(write))


async def _save(call: ApiCall, key: str | None, given: RuleText) -> RuleChanged:
    text = given.text.replace("\r\n", "\n")

    def write(session: Session) -> Made:
        if key is not None:
            _pieces(session).find(key)
        found = _checked(session, call, key, text)
        if found.faults:
            raise Problem(problem.REFUSED, _told(found.faults))
        if found.doubts and not given.anyway:
            raise Problem(problem.REFUSED, f"{_told(found.doubts)}; `anyway` saves it")
        newest = editing.newest(session)
        base = given.revision if given.revision is not None else newest.id if newest else None
        saved = editing.save_rule(
            session, key, text, base=base, agent_id=call.viewer.agent_id, now=call.now
        )
        return _stored(saved, saved.key)

    return RuleChanged.model_validate(await call.once(write))


async def _change(call: ApiCall, key: str, what: Callable[[Pieces], Pieces]) -> RuleChanged:
    return RuleChanged.model_validate(await call.once(_written, call, key, what))


def _written(session: Session, call: ApiCall, key: str, what: Callable[[Pieces], Pieces]) -> Made:
    saved = editing.change(session, what, agent_id=call.viewer.agent_id, now=call.now)
    return _stored(saved, key)


def _stored(saved: Saved, key: str | None) -> Made:
    return {
        "key": key,
        "revision": saved.revision,
        "before": saved.before,
        "others": saved.others,
    }


def _checked(session: Session, call: ApiCall, key: str | None, text: str) -> Checked:
    known = names(session, call.context.policy())
    return check(text, known, _teller(), others=taken(session, key))


def _pieces(session: Session) -> Pieces:
    revision = editing.newest(session)
    return split(revision.source if revision else "")


def _shown(key: str, text: str, found: Checked) -> Rule:
    data: Any = one_rule(text).plain()
    enabled = not isinstance(data, dict) or data.get("enabled") is not False
    return Rule(key=key, enabled=enabled, text=text, faults=[one.message for one in found.faults])


def _teller() -> Teller:
    return Teller(words("en"), "en", {})


def _told(faults: Any) -> str:
    return "; ".join(f"line {one.line}: {one.message}" for one in faults[:5])
