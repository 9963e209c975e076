"""Which text of which template a request is about, and whether its viewer may change it."""

from __future__ import annotations

from functools import cache
from typing import Final

from hub.policy import Policy
from hub.replies import Key, template_files
from hub.replies.cards import Card, cards, exists, may_change
from hub.replies.editing import FORM, LOCALE, NAME
from hub.replies.library import TEXT
from hub.shipped import shipped
from hub.store.database import Session
from hub.web.asked import Asked, status

FORWARDING: Final = "forward"
"""The template of the action of that name."""


def name_of(asked: Asked) -> str:
    """The template's name in the path."""
    name = str(asked.request.path_params["name"])
    if not NAME.fullmatch(name):
        raise status(404)
    return name


def key_of(asked: Asked) -> Key:
    """The text: name and language of the path, `form` of the query, or of the undo of a toast."""
    form = asked.query("form") or asked.field("form") or TEXT
    key = Key(name_of(asked), asked.request.path_params["locale"], form)
    if not LOCALE.fullmatch(key.locale) or not FORM.fullmatch(key.form):
        raise status(404)
    return key


def bare_path_of(key: Key, rest: str = "") -> str:
    """What stands below the place where a text is edited; the form goes along as a field."""
    return f"/templates/{key.name}/{key.locale}{rest}"


def path_of(key: Key) -> str:
    """Where a text is edited."""
    return bare_path_of(key) + (f"?form={key.form}" if key.form != TEXT else "")


def source_of(asked: Asked) -> str:
    """The text as it is kept: lines end as in files, and the last one ends too."""
    text = asked.field("source").replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return f"{text}\n" if text else ""


def number_of(text: str | None) -> int | None:
    """A revision or version as a form says it; None for what is none."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def seen(session: Session, asked: Asked, name: str) -> Card:
    """The card of a template that the viewer may see; for others there is none."""
    if not exists(session, name):
        raise status(404)
    return cards(session, asked.viewer)[name]


def changeable(session: Session, asked: Asked, name: str) -> Card:
    """The same for one that they may change."""
    card = seen(session, asked, name)
    if not may_change(asked.viewer, card):
        raise status(403)
    return card


def used_by(asked: Asked, name: str) -> tuple[str, ...]:
    """What sends a template by itself: the ids of rules, and surveys."""
    return sent_by(asked.site.context.policy(), name)


def sent_by(policy: Policy, name: str) -> tuple[str, ...]:
    """The same, of a policy."""
    rules = list(policy.rules_naming("template", name))
    surveys = [
        f"survey {kind.name}" for kind in policy.asking.kinds.values() if kind.template == name
    ]
    if name == FORWARDING:
        # What a rule forwards stands below this one, whichever rule it is.
        rules.append(FORWARDING)
    return (*rules, *surveys)


@cache
def shipped_texts() -> dict[Key, str]:
    """What came with this version."""
    return dict(template_files(shipped("templates") / "replies"))
