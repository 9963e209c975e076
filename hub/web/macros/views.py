"""Macros as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from hub.web.views import Person
from hub.web.views.head import TopicChoice


@dataclass(frozen=True)
class MacroRow:
    """A macro in the list. does: its steps in words; whose: a team's name, None for everyone."""

    id: UUID
    name: str
    does: tuple[str, ...]
    own: bool
    whose: str | None
    changes: bool


@dataclass(frozen=True)
class MacroList:
    """GET /macros"""

    template: ClassVar[str] = "macros/list.html"

    macros: tuple[MacroRow, ...]


@dataclass(frozen=True)
class MacroForm:
    """GET /macros/new, GET /macros/<id>, and after a refusal. typed: by field; chosen: tags."""

    template: ClassVar[str] = "macros/form.html"

    id: UUID | None
    typed: Mapping[str, str]
    agents: tuple[Person, ...]
    teams: tuple[Person, ...]
    topics: tuple[TopicChoice, ...]
    templates: tuple[tuple[str, str], ...]
    may_share: bool
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MacroRows:
    """The macros that can be run on a conversation (GET /conversations/<id>/macros)."""

    template: ClassVar[str] = "macros/rows.html"

    conversation: UUID
    macros: tuple[MacroRow, ...]
