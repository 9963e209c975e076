"""The list of macros, the form of one, and running one on a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right, Viewer
from hub.conversations import access, topics
from hub.conversations.access import Merged
from hub.conversations.acts import NoSuchPerson
from hub.conversations.topics import NoSuchTopic
from hub.conversations.writing import NoSuchWay
from hub.replies import TemplateError, macros, titles
from hub.replies.macros import NoSuchMacro, OneMacro
from hub.replies.offering import offered
from hub.store import events
from hub.store.database import Session
from hub.web import inbox
from hub.web.acts import answering
from hub.web.asked import Asked, Entry, status
from hub.web.head import moment
from hub.web.macros import forms, running
from hub.web.macros.views import MacroForm, MacroList, MacroRow, MacroRows
from hub.web.macros.words import Known, described
from hub.web.views import Person, Toast
from hub.web.views.head import TopicChoice


@dataclass(frozen=True)
class _Around:
    """What the form can choose from."""

    beside: inbox.Beside
    known: Known
    agents: tuple[Person, ...]
    teams: tuple[Person, ...]
    topics: tuple[TopicChoice, ...]
    templates: tuple[tuple[str, str], ...]


async def show(asked: Asked) -> Response:
    """GET /macros?deleted=<macro>: the list; what was just deleted can be brought back."""

    def read(session: Session) -> tuple[inbox.Beside, list[OneMacro], Known, str | None]:
        viewer = asked.viewer
        around, found = inbox.beside(session, viewer), macros.usable(session, viewer)
        deleted = macros.deleted(session, viewer, gone) if gone else None
        return around, found, _known(session, viewer), deleted

    try:
        gone = UUID(asked.query("deleted") or "")
    except ValueError:
        gone = None
    around, found, known, name = await asked.read(read)
    page = inbox.page_with_rail(asked, around, page="macros")
    if name is not None:
        toast = Toast(asked.say("Macro deleted: %s") % name, f"/macros/{gone}/restore")
        page = replace(page, toast=toast)
    rows = tuple(_row(asked, macro, known) for macro in found)
    return await asked.show(MacroList(rows), page=page)


async def new(asked: Asked) -> Response:
    """GET /macros/new"""
    return await _form(asked, None, dict.fromkeys(forms.FIELDS, ""))


async def one(asked: Asked) -> Response:
    """GET /macros/<macro>"""
    macro = await _mine(asked)
    typed = {**dict.fromkeys(forms.FIELDS, ""), **forms.typed_of(macro)}
    return await _form(asked, macro.id, typed)


async def save(asked: Asked) -> Response:
    """POST /macros/new and POST /macros/<macro>: `name`, a field for each step, `whose`."""
    macro_id = asked.path_id("macro") if "macro" in asked.request.path_params else None
    typed = {name: asked.field(name).strip() for name in forms.FIELDS}
    now, say = asked.site.context.clock.now(), asked.say
    errors = {}
    if not typed["name"]:
        errors["name"] = say("Give it a name.")
    if (
        typed["status"] == "snoozed"
        and typed["until"]
        and moment(asked, typed["until"], now) is None
    ):
        errors["until"] = say(
            "This is no time to come. Write it like “tomorrow 9” or “in 2 hours”."
        )
    try:
        doings, team_id = forms.doings_of(typed), forms.team_of(typed["whose"])
    except ValueError:
        raise status(422) from None
    if not doings:
        errors["steps"] = say("Choose at least one thing that it does.")
    if errors:
        return await _form(asked, macro_id, typed, errors)
    shared = typed["whose"] not in (forms.OWN, "")

    def write(session: Session) -> UUID:
        return macros.save(
            session, asked.viewer, macro_id, name=typed["name"], doings=doings, team_id=team_id,
            shared=shared, now=now,
        )  # fmt: skip

    await asked.write(write)
    return asked.go("/macros")


async def delete(asked: Asked) -> Response:
    """POST /macros/<macro>/delete"""
    macro_id, now = asked.path_id("macro"), asked.site.context.clock.now()
    await asked.write(macros.delete, asked.viewer, macro_id, now)
    return asked.go(f"/macros?deleted={macro_id}")


async def restore(asked: Asked) -> Response:
    """POST /macros/<macro>/restore: undoes a deletion."""
    await asked.write(macros.bring_back, asked.viewer, asked.path_id("macro"))
    return asked.go_whole("/macros")


async def choose(asked: Asked) -> Response:
    """GET /conversations/<id>/macros: those that can be run on it."""
    conversation_id = asked.path_id()

    def read(session: Session) -> tuple[list[OneMacro], Known]:
        access.require(session, asked.viewer, conversation_id)
        return macros.usable(session, asked.viewer), _known(session, asked.viewer)

    found, known = await asked.read(read)
    rows = tuple(_row(asked, macro, known) for macro in found)
    return await asked.show(MacroRows(conversation_id, rows))


async def run(asked: Asked) -> Response:
    """POST /conversations/<id>/macro: `macro`. Everything or nothing, with one undo."""
    conversation_id, say = asked.path_id(), asked.say
    before = await asked.read(events.newest)
    try:
        macro_id = UUID(asked.field("macro"))
        macro = await asked.read(macros.one, asked.viewer, macro_id)
    except (ValueError, NoSuchMacro):
        raise status(404) from None
    now = asked.site.context.clock.now()
    try:
        context, viewer = asked.site.context, asked.viewer
        content = await running.content_of(context, viewer, macro, conversation_id)
        done = await asked.write(running.run, context, viewer, conversation_id, macro, content, now)
    except TemplateError as fault:
        text = say("Nothing was done: the template cannot be filled in. %s") % fault
    except Merged:
        text = say("Nothing was changed: this is part of another conversation by now.")
    except NoSuchWay:
        text = say("Nothing was done: this customer cannot be reached.")
    except (NoSuchPerson, NoSuchTopic):
        text = say("Nothing was done: somebody, a team or a topic of this macro is gone.")
    except ValueError:
        text = say("Nothing was done: a time or a tag of this macro does not fit any more.")
    else:
        undo = f"/conversations/{conversation_id}/undo/{done.act_id}" if done.act_id else None
        toast = Toast(say("Done: %s") % macro.name, undo)
        return await answering.done(asked, conversation_id, before, toast)
    return await answering.done(asked, conversation_id, before, Toast(text))


async def _mine(asked: Asked) -> OneMacro:
    macro = await asked.read(macros.one, asked.viewer, asked.path_id("macro"))
    if not macros.may_change(asked.viewer, macro):
        raise status(403)
    return macro


async def _form(
    asked: Asked,
    macro_id: UUID | None,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    around = await asked.read(_around, asked)
    view = MacroForm(
        macro_id,
        typed,
        agents=around.agents,
        teams=around.teams,
        topics=around.topics,
        templates=around.templates,
        may_share=asked.viewer.may(Right.EDIT_TEMPLATES),
        errors=errors or {},
    )
    page = inbox.page_with_rail(asked, around.beside, page="macros")
    return await asked.show(view, page=page, status=422 if errors else 200)


def _around(session: Session, asked: Asked) -> _Around:
    viewer = asked.viewer
    return _Around(
        inbox.beside(session, viewer),
        _known(session, viewer),
        tuple(Person(each.id, each.name) for each in directory.agents(session)),
        tuple(
            Person(each.id, each.name, "team")
            for each in directory.teams(session, viewer.agent_id, viewer.locale)
        ),
        tuple(
            TopicChoice(each.id, each.name, each.under)
            for each in topics.choices(session, viewer.locale)
        ),
        tuple(
            (each.name, each.title)
            for each in titles.search(offered(session, viewer), "", asked.locale)
        ),
    )


def _known(session: Session, viewer: Viewer) -> Known:
    return Known(
        directory.agent_names(session),
        {one.id: one.name for one in directory.teams(session, viewer.agent_id, viewer.locale)},
        {one.id: one.name for one in topics.choices(session, viewer.locale)},
    )


def _row(asked: Asked, macro: OneMacro, known: Known) -> MacroRow:
    return MacroRow(
        macro.id,
        macro.name,
        tuple(described(doing, known, asked.say) for doing in macro.doings),
        own=macro.agent_id is not None,
        whose=known.teams.get(macro.team_id, "?") if macro.team_id else None,
        changes=macros.may_change(asked.viewer, macro),
    )


CONVERSATION: Final = "/conversations/{id:uuid}"
ROUTES: Final = (
    Entry("GET", "/macros", show, Right.WRITE),
    Entry("GET", "/macros/new", new, Right.WRITE),
    Entry("POST", "/macros/new", save, Right.WRITE),
    Entry("GET", "/macros/{macro:uuid}", one, Right.WRITE),
    Entry("POST", "/macros/{macro:uuid}", save, Right.WRITE),
    Entry("POST", "/macros/{macro:uuid}/delete", delete, Right.WRITE),
    Entry("POST", "/macros/{macro:uuid}/restore", restore, Right.WRITE),
    Entry("GET", CONVERSATION + "/macros", choose, Right.WRITE),
    Entry("POST", CONVERSATION + "/macro", run, Right.WRITE),
)
