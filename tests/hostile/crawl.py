"""Goes through the pages like somebody who tries everything: every link, every form, every field.

Forms are found in the pages themselves, so a new page is attacked as soon as something leads to
it. What no form of a visited page sends is sent all the same, from the table of routes.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit
from uuid import uuid4

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode
from starlette.routing import compile_path

from hub.web.asked import Entry
from hub.web.routes import ROUTES
from tests.hostile.payloads import escaped_from, payload, turns_around
from tests.web.desk import Browser

APART: Final = re.compile(
    r"/(?:sign-out|live|api|audit\.csv|customers\.csv)\b|/erase$|/deactivate$"
)
"""What would end the crawl, or take away what it looks at, and the API, which shows no words."""
_SHAPES: Final = tuple((compile_path(entry.path)[0], entry.path) for entry in ROUTES)
_READ: Final = re.compile(r"\.(?:query|field|getlist|get)\(\s*\"([a-z_]{1,30})\"")
_WORDS: Final = frozenset({"text", "search", "url", "email", "tel", ""})


@dataclass
class Form:
    """A form as a browser would send it. fields: names with the values that stand in the page.
    words: those in which somebody writes freely."""

    method: str
    action: str
    fields: dict[str, str]
    words: tuple[str, ...]

    @property
    def pattern(self) -> str:
        return f"{self.method} {pattern(self.action)} {','.join(sorted(self.fields))}"


@dataclass
class Crawl:
    """What was seen, and what went wrong with it."""

    browser: Browser
    pages: dict[str, str] = field(default_factory=dict)
    """A page's pattern with one address of it."""
    forms: dict[str, Form] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    """Method and pattern of what was sent."""

    async def look(self, seeds: Iterable[str], *, alike: int = 1) -> None:
        """Follow every link from these pages on. alike: how many are looked at of pages that
        differ in ids alone."""
        waiting, known, looked = deque(seeds), set[str](), Counter[str]()
        while waiting:
            address = waiting.popleft()
            shape = pattern(address)
            if address in known or looked[shape] >= alike or APART.search(address):
                continue
            known.add(address)
            looked[shape] += 1
            response = await self.ask("GET", address)
            if response.status_code == 404:
                self.faults.append(f"GET {address}: a page leads there, and it is not there")
            if "text/html" not in response.headers.get("content-type", ""):
                continue
            if response.is_success:
                self.pages.setdefault(shape, address)
            tree = LexborHTMLParser(response.text)
            waiting.extend(_links(tree, str(response.url)))
            for form in _forms(tree, urlsplit(str(response.url)).path):
                self.forms.setdefault(form.pattern, form)

    async def attack(self) -> None:
        """Send every form that was seen: with a payload in each field in which one writes, beside
        what is right in the others, and with payloads in all fields."""
        for form in list(self.forms.values()):
            if APART.search(form.action):
                continue
            for name in form.words if len(form.words) > 1 else ():
                where = f"{_slug(form.action)}-{name}"
                await self.send(form, {name: payload(where)})
            everything = {name: payload(f"{_slug(form.action)}-{name}") for name in form.fields}
            await self.send(form, everything)

    async def send(self, form: Form, values: dict[str, str]) -> None:
        sent = {**form.fields, **values}
        if "form_key" in sent:
            sent["form_key"] = str(uuid4())
        if form.method == "GET":
            await self.ask("GET", f"{form.action}?{urlencode(sent)}")
        else:
            await self.ask("POST", form.action, sent)

    async def attack_routes(self, ids: Mapping[str, str]) -> None:
        """Ask every route for every field that its page reads, and by a path of payloads.

        ids: what there is, by the name of its kind.
        """
        for entry in ROUTES:
            if APART.search(entry.path) or entry.path == "/sign-in":
                continue
            values = {name: payload(f"{_slug(entry.path)}-{name}") for name in fields_of(entry)}
            path = _path(entry, ids)
            if not entry.unsafe:
                await self.ask("GET", f"{path}?{urlencode(values)}")
            elif f"POST {entry.path}" not in self.sent:
                await self.ask("POST", path, values)

    async def ask(
        self, method: str, address: str, form: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask, and look at what comes back."""
        self.sent.add(f"{method} {pattern(address)}")
        if method == "GET":
            response = await self.browser.get(address)
        else:
            response = await self.browser.post(address, form, partial=False)
        shown = f"{method} {address} {response.status_code}"
        if response.status_code >= 500:
            self.faults.append(f"{shown}: the hub failed")
        if "text/html" in response.headers.get("content-type", ""):
            self.faults += [f"{shown}: {fault}" for fault in escaped_from(response.text)]
            turned = turns_around(response.text)
            self.faults += [f"{shown}: words turn ours around: {fault}" for fault in turned]
        for name, value in response.headers.multi_items():
            if "<x-probe" in value:
                self.faults.append(f"{shown}: a payload in the header {name}: {value}")
        return response


def pattern(address: str) -> str:
    """The path of the route that an address leads to; its own where it leads to none."""
    path = unquote(urlsplit(address).path)
    return next((shape for regex, shape in _SHAPES if regex.match(path)), path)


@cache
def fields_of(entry: Entry) -> tuple[str, ...]:
    """The names that the module of a page reads from forms and addresses."""
    source = inspect.getsourcefile(inspect.unwrap(entry.page))
    assert source is not None
    return tuple(dict.fromkeys(_READ.findall(Path(source).read_text("utf-8"))))


def _path(entry: Entry, ids: Mapping[str, str]) -> str:
    """The route with ids of what there is, and where it takes words, with words that attack."""
    noun = "customer" if entry.path.startswith("/customers") else "conversation"

    def fill(match: re.Match[str]) -> str:
        name = noun if match[1] == "id" else match[1]
        return ids.get(name, str(uuid4()))

    path = re.sub(r"{(\w+):uuid}", fill, re.sub(r"{\w+:int}", "0", entry.path))
    hostile = quote(payload(f"{_slug(entry.path)}-path"), safe="")
    return re.sub(r"{\w+}", lambda _: hostile, path)


def _slug(address: str) -> str:
    return re.sub(r"[^a-z]+", "-", pattern(address).lower()).strip("-") or "home"


def _links(tree: LexborHTMLParser, base: str) -> Iterator[str]:
    for node in tree.css("[href], [hx-get], iframe[src]"):
        for name in ("href", "hx-get", "src"):
            target = node.attributes.get(name)
            if not target or target.startswith(("#", "mailto:", "tel:")):
                continue
            address = urlsplit(urljoin(base, target))
            if address.netloc == urlsplit(base).netloc and not address.path.startswith("/assets/"):
                yield address.path + (f"?{address.query}" if address.query else "")


def _forms(tree: LexborHTMLParser, path: str) -> Iterator[Form]:
    for node in tree.css("form"):
        attributes = node.attributes
        target = attributes.get("hx-post") or attributes.get("action") or path
        unsafe = "hx-post" in attributes or (attributes.get("method") or "").lower() == "post"
        if not target.startswith("/"):
            continue
        fields, words = _fields(node)
        yield Form("POST" if unsafe else "GET", target, fields, words)
        for button in node.css("[formaction]"):
            action = button.attributes["formaction"]
            if action and action.startswith("/"):
                yield Form("POST" if unsafe else "GET", action, fields, words)


def _fields(form: LexborNode) -> tuple[dict[str, str], tuple[str, ...]]:
    values: dict[str, str] = {}
    words: list[str] = []
    for node in form.css("input, textarea, select"):
        attributes = node.attributes
        name, kind = attributes.get("name"), (attributes.get("type") or "").lower()
        if not name or name == "csrf_token" or kind == "file":
            continue
        if node.tag == "select":
            options = node.css("option[selected]") or node.css("option")
            values[name] = (options[0].attributes.get("value") or "") if options else ""
        elif kind in ("checkbox", "radio"):
            if "checked" in attributes:
                values[name] = attributes.get("value") or "on"
            continue
        else:
            said = node.text() if node.tag == "textarea" else attributes.get("value")
            values[name] = said or ("" if kind == "hidden" else "Sample")
        if node.tag == "textarea" or (node.tag == "input" and kind in _WORDS):
            words.append(name)
    return values, tuple(dict.fromkeys(words))
