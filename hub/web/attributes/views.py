"""What the page about attributes shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from hub.customers.attributes import FORMS, Attribute, Form


@dataclass(frozen=True)
class AttributesPage:
    """GET /attributes?name=…: the definitions, and a form for a new one or for `changing`."""

    template: ClassVar[str] = "attributes/page.html"

    attributes: tuple[Attribute, ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    changing: str | None = None
    forms: tuple[Form, ...] = FORMS
