"""The part of Jinja that a reply template may use.

Jinja's sandbox keeps a template from reaching into the program, not from running for ever or
filling the memory ("Security Considerations" in its documentation). So everything that grows is
left out of the language: calls, multiplication, assignment, macros, inclusion, loops in loops.
What remains takes space that is bounded by the template's own length; that a loop stays within
its time is looked at each time around (`parse` makes it stop there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

from hub.replies.errors import TemplateError, nearest
from hub.replies.filters import FILTERS
from hub.replies.variables import OPEN, VARIABLES
from hub.text import Money

LONGEST_SOURCE: Final = 10_000
MOST_NODES: Final = 2_000
MOST_LOOPS: Final = 5
MOST_IN_LOOP: Final = 100

TESTS: Final = ("defined", "none")

_HARMLESS: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.If, nodes.For, nodes.CondExpr, nodes.Compare),
    *(nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test, nodes.Concat),
    *(nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos, nodes.List, nodes.Tuple, nodes.Keyword),
)
_CURES: Final[dict[type[nodes.Node], str]] = {
    nodes.Call: "nothing can be called here; use a filter, as in {{ name | upper }}",
    nodes.Mul: "'*' is not possible in a template",
    nodes.Pow: "'**' is not possible in a template",
    nodes.Mod: "'%' is not possible in a template",
    nodes.Div: "'/' is not possible in a template",
    nodes.FloorDiv: "'//' is not possible in a template",
    nodes.Assign: "{% set %} is not possible in a template; use the variable itself",
    nodes.AssignBlock: "{% set %} is not possible in a template; use the variable itself",
    nodes.With: "{% with %} is not possible in a template; use the variable itself",
    nodes.Include: "a template can not include another one; copy the words",
    nodes.Import: "a template can not import another one; copy the words",
    nodes.FromImport: "a template can not import another one; copy the words",
    nodes.Extends: "a template can not extend another one; copy the words",
    nodes.Macro: "{% macro %} is not possible in a template; write the words where they are needed",
}


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, in which a dot after a mapping means its keys and never its methods."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(attribute, self.undefined(obj=obj, name=attribute))
        return super().getattr(obj, attribute)


def _shown(value: object) -> object:
    """What is written for a value: nothing for None, and never a piece of the program."""
    if value is None:
        return ""
    if isinstance(value, Money):
        raise TypeError("an amount is written with a filter: {{ … | money }}")
    if callable(value) and not isinstance(value, StrictUndefined):
        raise TypeError("this is no value that can be written")
    return value


def environment(*, html: bool = False) -> ImmutableSandboxedEnvironment:
    """A Jinja environment with nothing in it but our filters.

    html: whether what is written for a value is escaped. Text is not: it is never read as HTML.
    """
    made = _Environment(
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.globals.clear()
    made.filters.clear()
    made.filters.update(FILTERS)
    made.tests.clear()
    made.tests.update({name: JINJA_TESTS[name] for name in TESTS})
    return made


def parse(
    source: str, name: str, env: ImmutableSandboxedEnvironment, line: int = 1
) -> tuple[nodes.Template, frozenset[str]]:
    """The tree of a source that stays within the language, and the variables that it names.

    `line` is where it begins in its file. Each loop of the tree gives a piece each time around,
    though an empty one, so that whoever writes it out can look at the time there.

    Raises TemplateError.
    """
    if len(source) > LONGEST_SOURCE:
        raise TemplateError(name, f"it is longer than {LONGEST_SOURCE:,} characters; shorten it")
    try:
        tree = env.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateError(name, f"{error.message}", line + error.lineno - 1) from None
    except (RecursionError, ValueError):
        raise TemplateError(name, "it is nested too deeply or holds too large a number") from None
    check = _Check(name, line)
    check.template(tree)
    for loop in tree.find_all(nodes.For):
        loop.body.insert(0, nodes.Output([nodes.TemplateData("")], lineno=loop.lineno))
    return tree, frozenset(check.named)


class _Check:
    def __init__(self, name: str, line: int) -> None:
        self._name = name
        self._line = line
        self._loops = 0
        self._nodes = 0
        self.named: set[str] = set()

    def template(self, tree: nodes.Template) -> None:
        for node in tree.body:
            self._visit(node, frozenset(), inside_loop=False)

    def _refuse(self, node: nodes.Node, reason: str) -> TemplateError:
        return TemplateError(self._name, reason, self._line + (node.lineno or 1) - 1)

    def _visit(self, node: nodes.Node, local: frozenset[str], *, inside_loop: bool) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._refuse(node, "the template does too much; shorten it")
        if not isinstance(node, _HARMLESS):
            kind = type(node).__name__.lower()
            cure = _CURES.get(type(node), f"'{kind}' is not possible in a template")
            raise self._refuse(node, cure)
        match node:
            case nodes.For():
                self._loop(node, local, inside_loop=inside_loop)
                return
            case nodes.Getattr() | nodes.Getitem() | nodes.Name():
                rest = self._variable(node, local)
                for inner in rest:
                    self._visit(inner, local, inside_loop=inside_loop)
                return
            case nodes.Filter(node=None):
                raise self._refuse(node, "{% filter %} is not possible; use {{ … | filter }}")
            case nodes.Filter() if node.name not in FILTERS:
                raise self._refuse(
                    node, f"there is no filter '{node.name}'{nearest(node.name, FILTERS)}"
                )
            case nodes.Test() if node.name not in TESTS:
                raise self._refuse(
                    node, f"there is no test '{node.name}'{nearest(node.name, TESTS)}"
                )
        for child in node.iter_child_nodes():
            self._visit(child, local, inside_loop=inside_loop)

    def _loop(self, node: nodes.For, local: frozenset[str], *, inside_loop: bool) -> None:
        self._loops += 1
        if inside_loop:
            raise self._refuse(node, "a loop can not stand in another loop")
        if self._loops > MOST_LOOPS:
            raise self._refuse(node, f"a template has at most {MOST_LOOPS} loops")
        if node.recursive:
            raise self._refuse(node, "a loop can not be recursive")
        self._visit(node.iter, local, inside_loop=False)
        local |= {"loop", *(name.name for name in _targets(node.target))}
        before = self._nodes
        test = [node.test] if node.test is not None else []
        for child in (*test, *node.body, *node.else_):
            self._visit(child, local, inside_loop=True)
        if self._nodes - before > MOST_IN_LOOP:
            raise self._refuse(node, "the loop does too much; shorten it")

    def _variable(self, node: nodes.Expr, local: frozenset[str]) -> Iterator[nodes.Node]:
        """Check a variable with its path; yields what stands in brackets and is no plain name."""
        path: list[str | None] = []
        at: nodes.Node = node
        while isinstance(at, nodes.Getattr | nodes.Getitem):
            self._nodes += 1
            if isinstance(at, nodes.Getattr):
                path.append(at.attr)
            elif isinstance(at.arg, nodes.Const) and isinstance(at.arg.value, str | int):
                path.append(str(at.arg.value))
            else:
                raise self._refuse(at, "brackets take a name or a number")
            at = at.node
        if not isinstance(at, nodes.Name):
            yield at
            return
        if at.name in local:
            return
        self._documented(node, [at.name, *(str(part) for part in reversed(path))])

    def _documented(self, node: nodes.Node, parts: list[str]) -> None:
        written = ".".join(parts)
        self.named.add(written)
        if written in VARIABLES or any(written.startswith(f"{path}.") for path in OPEN):
            return
        group = [path for path in VARIABLES if path.startswith(f"{written}.")]
        if group:
            raise self._refuse(node, f"'{written}' is a group: choose one of {', '.join(group)}")
        raise self._refuse(node, f"there is no variable '{written}'{nearest(written, VARIABLES)}")


def _targets(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    for child in node.iter_child_nodes():
        yield from _targets(child)
