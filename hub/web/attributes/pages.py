"""The list of attributes, with a form beside it. Their names are free words, so a field says which
one is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, cast
from urllib.parse import urlencode

from starlette.responses import Response

from hub.agents.rights import Right
from hub.customers import attributes
from hub.customers.attributes import (
    FORMS,
    LONGEST_NAME,
    MOST_CHOICES,
    Attribute,
    AttributeExists,
    Form,
)
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, Entry, status
from hub.web.attributes.views import AttributesPage
from hub.web.views import Toast

FIELDS: Final = ("name", "label-en", "label-fa", "form", "choices")
LONGEST: Final = 8_000


async def show(asked: Asked) -> Response:
    """GET /attributes?name=…&done=…&was=…"""
    name = asked.query("name")
    if name is None or asked.query("done"):
        return await _page(asked)
    return await _page(asked, _fields(await _read(asked, name)), changing=name)


async def create(asked: Asked) -> Response:
    """POST /attributes: name, label-en, label-fa, form, choices (one in each line)."""
    typed = _typed(asked)
    errors = _errors(asked, typed)
    if not errors:
        try:
            await asked.write(attributes.create, asked.by, _attribute(typed))
        except AttributeExists:
            errors["name"] = asked.say("An attribute of this name is defined already.")
        except ValueError:
            errors["name"] = asked.say("There are too many attributes.")
    if errors:
        return await _page(asked, typed, errors)
    return _done(asked, "saved", typed["name"])


async def save(asked: Asked) -> Response:
    """POST /attributes/change: the same; the name stays as it is."""
    typed = _typed(asked)
    errors = _errors(asked, typed)
    if errors:
        return await _page(asked, typed, errors, changing=typed["name"])
    before = await _read(asked, typed["name"])
    await asked.write(attributes.save, asked.by, _attribute(typed))
    toast = Toast(asked.say("Saved"), "/attributes/change", _fields(before))
    return await _page(asked, toast=toast)


async def retire(asked: Asked) -> Response:
    """POST /attributes/retire: name. It is asked for no more; what customers have stays."""
    name = await _retire(asked, retired=True)
    return _done(asked, "retired", name)


async def restore(asked: Asked) -> Response:
    """POST /attributes/restore: name."""
    await _retire(asked, retired=False)
    return asked.go_whole("/attributes")


async def move(asked: Asked) -> Response:
    """POST /attributes/move: name, step (-1 or 1)."""
    step = {"-1": -1, "1": 1}.get(asked.field("step"))
    if step is None:
        raise status(422)
    await asked.write(attributes.move, asked.by, asked.field("name"), step)
    return asked.go("/attributes")


async def _retire(asked: Asked, *, retired: bool) -> str:
    name = asked.field("name")
    await asked.write(attributes.retire, asked.by, name, retired=retired)
    return name


async def _read(asked: Asked, name: str) -> Attribute:
    return await asked.read(attributes.one, name)


def _fields(one: Attribute) -> dict[str, str]:
    """A definition as the fields of its form."""
    return {
        "name": one.name,
        **{f"label-{code}": words for code, words in one.label.items()},
        "form": one.form,
        "choices": "\n".join(one.choices),
    }


def _typed(asked: Asked) -> dict[str, str]:
    typed = {name: asked.field(name).strip()[:LONGEST] for name in FIELDS}
    return typed | {"form": typed["form"] or "text"}


def _errors(asked: Asked, typed: Mapping[str, str]) -> dict[str, str]:
    say, errors = asked.say, {}
    if not typed["name"] or len(typed["name"]) > LONGEST_NAME or not typed["name"].isprintable():
        errors["name"] = say("Write a name of at most 60 characters.")
    if typed["form"] not in FORMS:
        raise status(422)
    if typed["form"] == "choice" and not 1 <= len(_lines(typed["choices"])) <= MOST_CHOICES:
        errors["choices"] = say("Write what can be chosen, one in each line, at most 100.")
    return errors


def _attribute(typed: Mapping[str, str]) -> Attribute:
    label = {code: typed[f"label-{code}"][:80] for code in ("en", "fa") if typed[f"label-{code}"]}
    form = cast(Form, typed["form"])
    return Attribute(typed["name"], label, form, _lines(typed["choices"]))


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip()[:80] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def _done(asked: Asked, what: str, name: str) -> Response:
    return asked.go("/attributes?" + urlencode({"done": what, "name": name}))


def _toast(asked: Asked) -> Toast | None:
    name = (asked.query("name") or "")[:LONGEST_NAME]
    match asked.query("done"):
        case "saved":
            return Toast(asked.say("Saved"))
        case "retired":
            text = asked.say("Attribute retired: %s") % name
            return Toast(text, "/attributes/restore", {"name": name})
    return None


async def _page(
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    changing: str | None = None,
    toast: Toast | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, tuple[Attribute, ...]]:
        return inbox.beside(session, asked.viewer), attributes.defined(session, retired=True)

    around, found = await asked.read(read)
    page = replace(
        inbox.page_with_rail(asked, around, page="attributes"), toast=toast or _toast(asked)
    )
    view = AttributesPage(found, typed or {}, errors or {}, changing)
    return await asked.show(view, page=page, status=422 if errors else 200)


ROUTES: Final = (
    Entry("GET", "/attributes", show, Right.EDIT_LABELS),
    Entry("POST", "/attributes", create, Right.EDIT_LABELS),
    Entry("POST", "/attributes/change", save, Right.EDIT_LABELS),
    Entry("POST", "/attributes/retire", retire, Right.EDIT_LABELS),
    Entry("POST", "/attributes/restore", restore, Right.EDIT_LABELS),
    Entry("POST", "/attributes/move", move, Right.EDIT_LABELS),
)
