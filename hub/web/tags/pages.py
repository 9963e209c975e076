"""The list of tags, and the page of each. Tags are free words, so a form says which one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from hub import jobs
from hub.agents.audit import By
from hub.agents.rights import Right
from hub.conversations import tag_book
from hub.conversations.tag_book import JOB, PAGE, OneTag, TagExists
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, Entry
from hub.web.tags import changing
from hub.web.tags.changing import StillGoing
from hub.web.tags.views import TagPage, TagRows, TagsPage
from hub.web.views import Toast

P = ParamSpec("P")
T = TypeVar("T")
LONGEST: Final = 200


async def show(asked: Asked) -> Response:
    """GET /tags?q=…&after=…&done=…&name=…: the list; what was just done can be taken back."""
    return await _list(asked)


async def rows(asked: Asked) -> Response:
    """GET /tags/rows, with the same query."""
    found, more = _page(asked, await asked.read(tag_book.page, **_wanted(asked)))
    return await asked.show(TagRows(found, more))


async def create(asked: Asked) -> Response:
    """POST /tags: name, about-en, about-fa."""
    try:
        name = await asked.write(tag_book.describe, asked.by, asked.field("name"), _about(asked))
    except ValueError:
        errors = {"name": asked.say("Write the tag.")}
        return await _list(asked, typed=_typed(asked), errors=errors)
    return asked.go("/tags?" + urlencode({"done": "described", "name": name}))


async def one(asked: Asked) -> Response:
    """GET /tags/one?name=…"""
    found = await _read(asked)
    typed = {"new": found.name, **{f"about-{code}": said for code, said in found.about.items()}}
    return await _one(asked, found, typed)


async def describe(asked: Asked) -> Response:
    """POST /tags/describe: name, about-en, about-fa."""
    found = await _read(asked)
    await asked.write(tag_book.describe, asked.by, found.name, _about(asked))
    back = {"name": found.name, **{f"about-{code}": said for code, said in found.about.items()}}
    return await _list(asked, toast=Toast(asked.say("Saved"), "/tags/describe", back))


async def retire(asked: Asked) -> Response:
    """POST /tags/retire: name. It is offered no more, and stays where it is."""
    name = _name(asked)
    await _write(asked, tag_book.retire, name, retired=True)
    return _done(asked, "retired", name)


async def restore(asked: Asked) -> Response:
    """POST /tags/restore: name."""
    name = _name(asked)
    await _write(asked, tag_book.retire, name, retired=False)
    return asked.go_whole("/tags?" + urlencode({"done": "restored", "name": name}))


async def rename(asked: Asked) -> Response:
    """POST /tags/rename: name, new, and into ("1": also one that is there)."""
    found, new = await _read(asked), asked.field("new")
    into = asked.field("into") == "1"
    try:
        kept = await asked.write(changing.rename, asked.by, found.name, new, into=into)
    except StillGoing:
        return await _one(asked, found, _typed(asked), {"new": _wait(asked)})
    except TagExists as error:
        errors = {"new": asked.say("There is a tag of this name already.")}
        return await _one(asked, found, _typed(asked), errors, joins=str(error))
    except ValueError:
        errors = {"new": asked.say("Write another name.")}
        return await _one(asked, found, _typed(asked), errors)
    query = {"done": "joined" if into else "renamed", "name": kept, "was": found.name}
    return asked.go_whole("/tags?" + urlencode(query))


async def take_off(asked: Asked) -> Response:
    """POST /tags/take-off: name, sure ("1"). It goes from everything that carries it."""
    found = await _read(asked)
    if asked.field("sure") != "1":
        errors = {"sure": asked.say("Say that you are sure: this can not be taken back.")}
        return await _one(asked, found, {"new": found.name}, errors)
    try:
        await asked.write(changing.take_off, asked.by, found.name)
    except StillGoing:
        return await _one(asked, found, {"new": found.name}, {"sure": _wait(asked)})
    return _done(asked, "off", found.name)


# --- reading ---


def _name(asked: Asked) -> str:
    return asked.field("name") or asked.query("name") or ""


def _about(asked: Asked) -> dict[str, str]:
    said = {code: asked.field(f"about-{code}").strip()[:LONGEST] for code in ("en", "fa")}
    return {code: words for code, words in said.items() if words}


def _typed(asked: Asked) -> dict[str, str]:
    return {name: value[:LONGEST] for name, value in asked.form.items() if isinstance(value, str)}


async def _read(asked: Asked) -> OneTag:
    return await asked.read(tag_book.one, _name(asked))


async def _write(
    asked: Asked,
    function: Callable[Concatenate[Session, By, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    return await asked.write(function, asked.by, *args, **kwargs)


def _wanted(asked: Asked) -> dict[str, Any]:
    return {
        "search": (asked.query("q") or "")[:80],
        "after": (asked.query("after") or "")[:LONGEST],
        "limit": PAGE + 1,
    }


def _page(asked: Asked, found: list[OneTag]) -> tuple[tuple[OneTag, ...], Mapping[str, str] | None]:
    if len(found) <= PAGE:
        return tuple(found), None
    search = (asked.query("q") or "")[:80]
    more = {"after": found[PAGE - 1].name} | ({"q": search} if search else {})
    return tuple(found[:PAGE]), more


# --- showing ---


def _wait(asked: Asked) -> str:
    return asked.say("This tag is still being changed everywhere. Try again in a moment.")


def _done(asked: Asked, what: str, name: str) -> Response:
    return asked.go("/tags?" + urlencode({"done": what, "name": name}))


def _toast(asked: Asked) -> Toast | None:
    name, was = _name(asked)[:LONGEST], (asked.query("was") or "")[:LONGEST]
    say = asked.say
    match asked.query("done"):
        case "described":
            return Toast(say("Saved"))
        case "retired":
            return Toast(say("Tag retired: %s") % name, "/tags/restore", {"name": name})
        case "restored":
            return Toast(say("Tag brought back: %s") % name)
        case "renamed":
            back = {"name": name, "new": was}
            return Toast(say("Tag renamed: %s") % name, "/tags/rename", back)
        case "joined":
            return Toast(say("Two tags are one now: %s") % name)
        case "off":
            return Toast(say("Tag taken off: %s") % name)
    return None


async def _list(
    asked: Asked,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    toast: Toast | None = None,
) -> Response:
    def read(session: Session) -> tuple[inbox.Beside, list[OneTag], list[str]]:
        return (
            inbox.beside(session, asked.viewer),
            tag_book.page(session, **_wanted(asked)),
            [str(params["from"]) for params in jobs.going(session, JOB)],
        )

    around, tags, going = await asked.read(read)
    found, more = _page(asked, tags)
    view = TagsPage(
        found, (asked.query("q") or "")[:80], more, tuple(going), typed or {}, errors or {}
    )
    page = replace(inbox.page_with_rail(asked, around, page="tags"), toast=toast or _toast(asked))
    return await asked.show(view, page=page, status=422 if errors else 200)


async def _one(
    asked: Asked,
    found: OneTag,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    joins: str | None = None,
) -> Response:
    around = await asked.read(inbox.beside, asked.viewer)
    page = inbox.page_with_rail(asked, around, page="tags")
    policy = asked.context.policy()
    rules = policy.rules_naming("tag", found.name)
    segments = policy.segments_naming("tag", found.name)
    view = TagPage(found, typed, errors or {}, joins, rules, segments)
    return await asked.show(view, page=page, status=422 if errors else 200)


ROUTES: Final = (
    Entry("GET", "/tags", show, Right.EDIT_LABELS),
    Entry("POST", "/tags", create, Right.EDIT_LABELS),
    Entry("GET", "/tags/rows", rows, Right.EDIT_LABELS),
    Entry("GET", "/tags/one", one, Right.EDIT_LABELS),
    Entry("POST", "/tags/describe", describe, Right.EDIT_LABELS),
    Entry("POST", "/tags/retire", retire, Right.EDIT_LABELS),
    Entry("POST", "/tags/restore", restore, Right.EDIT_LABELS),
    Entry("POST", "/tags/rename", rename, Right.EDIT_LABELS),
    Entry("POST", "/tags/take-off", take_off, Right.EDIT_LABELS),
)
