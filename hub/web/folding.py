"""What a template says the same each time is worked out when it is compiled.

Most of what a page calls depends on its language alone: words, icons, addresses written out. With
one environment for each language these calls become part of the text around them, and Jinja puts
out in one piece what touches (`jinja2.compiler.CodeGenerator.visit_Output`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context, Macro, markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

_MESSAGES: Final = ("_", "gettext")
_VALUE: Final = re.compile(r"%\((\w+)\)s")


class _Context(Context):
    def call(self, called: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        """A macro asks for nothing of its context, so nothing is looked up for it."""
        if type(called) is not Macro:
            return super().call(called, *args, **more)
        more.pop("_loop_vars", None)
        more.pop("_block_vars", None)
        return called(*args, **more)


class FoldingEnvironment(jinja2.Environment):
    """An environment that calls functions of constants once, when it compiles a template.

    pure: functions whose value depends on their arguments alone, by the name that templates give
    them. translate: the translation of a message, with its placeholders.
    """

    context_class = _Context
    pure: Mapping[str, Callable[..., object]]
    translate: Callable[[str], str]

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        folded: nodes.Template = _Folding(self).visit(source)
        folded.set_environment(self)
        return super()._generate(folded, name, filename, defer_init)


class _Folding(NodeTransformer):
    def __init__(self, environment: FoldingEnvironment) -> None:
        self.pure = environment.pure
        self.translate = environment.translate
        self.context = nodes.EvalContext(environment)

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return node
        try:
            if node.node.name in _MESSAGES:
                return self._message(node)
            return self._called(self.pure[node.node.name], node)
        except (KeyError, nodes.Impossible):
            return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        try:
            return _constant(markup_join(one.as_const(self.context) for one in node.nodes))
        except nodes.Impossible:
            return node

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        """Each part is escaped by itself, so parts that are joined need no joining."""
        self.generic_visit(node)
        node.nodes = list(_parts(node.nodes))
        return node

    def _called(self, function: Callable[..., object], node: nodes.Call) -> nodes.Expr:
        values = dict(one.as_const(self.context) for one in node.kwargs)
        return _constant(function(*(one.as_const(self.context) for one in node.args), **values))

    def _message(self, node: nodes.Call) -> nodes.Expr:
        """A message in pieces. Raises KeyError where it asks for a value that is not given."""
        (message,) = node.args
        values = {one.key: one.value for one in node.kwargs}
        words, *rest = _VALUE.split(self.translate(message.as_const(self.context)))
        found: list[nodes.Expr] = [_words(words)]
        for name, words in zip(rest[::2], rest[1::2], strict=True):
            found += [values[name], _words(words)]
        return nodes.Concat(found) if rest else found[0]


def _parts(expressions: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    for one in expressions:
        yield from _parts(one.nodes) if isinstance(one, nodes.Concat) else (one,)


def _words(text: str) -> nodes.Expr:
    return _constant(Markup(text.replace("%%", "%")))  # noqa: S704


def _constant(value: object) -> nodes.Expr:
    if isinstance(value, Markup):
        return nodes.MarkSafe(nodes.Const(str(value)))
    return nodes.Const.from_untrusted(value)
