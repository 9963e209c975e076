"""What an attacker writes into everything that takes words, and how to see that it worked.

One text tries all the ways out at once: out of an attribute, an element, a comment, a script, a
style, a template. Whatever becomes markup of it is an element or an attribute that no page of ours
has, so that it is found without running anything; a browser counts what runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

TURN: Final = "\u202e"
"""Turns what follows around, until the element that isolates it ends (UAX #9, 3.1.2)."""
ELEMENT: Final = "x-probe"
"""An element that no page of ours has."""
CALLED: Final = "hostile"
"""The function that a payload calls when it runs; its argument says which one."""

_BLOCKS: Final = frozenset(
    {"p", "li", "td", "th", "h1", "h2", "h3", "h4", "div", "dd", "dt", "summary", "figcaption"}
)
_APART: Final = frozenset(
    {"bdi", "body", "textarea", "option", "title", "code", "pre", "script", "style"}
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "action", "formaction", "srcdoc", "data", "poster", "xlink:href"}
)
_RUNS: Final = ("javascript:", "vbscript:", "data:text/html")


def payload(where: str) -> str:
    """Text for one field. `where` (letters, digits and hyphens) names it in what is found."""
    call = f"{CALLED}(`{where}`)"
    return (
        f"{where}{TURN} '\"></textarea></title></style></script>--><{ELEMENT} onclick={call}>"
        f"<img src=x onerror={call}><svg onload={call}></svg><a href=javascript:{call}>a</a>"
        f"{{{{ 7*7 }}}}{{% raw %}}${{{call}}}';{call}//"
    )


def link(where: str) -> str:
    """An address that is a program."""
    return f"javascript:{CALLED}(`{where}`)//https://example.com/"


def escaped_from(page: str) -> list[str]:
    """What of a page became markup although somebody only wrote it; empty when nothing did."""
    if CALLED not in page and not any(one in page for one in _RUNS):
        return []
    return list(_faults(LexborHTMLParser(page)))


def turns_around(page: str) -> list[str]:
    """Texts in which somebody's words turn ours around, because nothing isolates them."""
    root = LexborHTMLParser(page).root if TURN in page else None
    if root is None:
        return []
    return [
        f"{node.parent.html or ''}"[:400]
        for node in root.traverse(include_text=True)
        if node.tag == "-text"
        and node.parent is not None
        and TURN in (node.text_content or "")
        and not _isolated(node.parent)
    ]


def _isolated(node: LexborNode) -> bool:
    """Whether some element around has a direction of its own, or nothing else stands beside the
    words in their line."""
    words = (node.text() or "").split()
    around: LexborNode | None = node
    while around is not None:
        if (
            around.tag in _APART
            or "unseen" in (around.attributes.get("class") or "")
            or ("dir" in around.attributes and around.tag != "html")
        ):
            return True
        if around.tag in _BLOCKS:
            return (around.text() or "").split() == words
        around = around.parent
    return False


def _faults(tree: LexborHTMLParser) -> Iterator[str]:
    root = tree.root
    if root is None:
        return
    for node in root.traverse():
        if node.tag == ELEMENT:
            yield f"an element of a payload: {node.html or ''}"[:400]
        if node.tag == "script" and "src" not in node.attributes and CALLED in (node.text() or ""):
            yield f"a script with a payload in it: {node.text()}"[:400]
        yield from _attributes(node)


def _attributes(node: LexborNode) -> Iterator[str]:
    for name, value in node.attributes.items():
        if name.startswith("on"):
            yield f"a handler: <{node.tag} {name}={value!r}>"[:400]
        running = (value or "").strip().lower().startswith(_RUNS)
        if running and (name in _ADDRESSES or name.startswith("hx-")):
            yield f"an address that runs: <{node.tag} {name}={value!r}>"[:400]
        if name == "style" and CALLED in (value or ""):
            yield f"a style with a payload in it: {value}"[:400]
