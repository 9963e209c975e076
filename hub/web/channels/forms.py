"""The form of an account, made of its adapter's settings model: fields out, options in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from hub.settings.faults import secret_names
from hub.text.marking import N_
from hub.web.words import Say

Shape = Literal["text", "secret", "number", "switch", "choice", "colour", "lines", "languages"]

LANGUAGES: Final = ("en", "fa")
LONGEST: Final = 4_000
"""Characters of one field; lists of addresses are the longest."""
SERVER_FILES: Final = (Path,)
"""What names a file on the server is set by whoever may write there, in the settings file."""

_COMPLAINTS: Final[Mapping[str, str]] = {
    "missing": N_("Fill this in."),
    "int_parsing": N_("Write a whole number."),
    "int_type": N_("Write a whole number."),
    "int_from_float": N_("Write a whole number."),
    "float_parsing": N_("Write a number."),
    "float_type": N_("Write a number."),
    "greater_than_equal": N_("At least %(ge)s."),
    "greater_than": N_("More than %(gt)s."),
    "less_than_equal": N_("At most %(le)s."),
    "less_than": N_("Less than %(lt)s."),
    "string_too_long": N_("At most %(max_length)s characters."),
    "string_too_short": N_("At least %(min_length)s characters."),
    "too_short": N_("Write at least one."),
    "date_from_datetime_parsing": N_("Write a day like 2026-03-21, or the word now."),
}


@dataclass(frozen=True)
class FormField:
    """One setting as a form asks for it.

    value: text, True or False of a switch, or words by language. choices: values and words. common:
    everybody looks at it; the others are folded away. kept: a secret is stored, and stays when
    nothing is typed.
    """

    name: str
    label: str
    hint: str
    shape: Shape
    value: str | bool | Mapping[str, str]
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    common: bool = True
    kept: bool = False


@dataclass(frozen=True)
class Read:
    """What was typed, as options for the model; errors by field, "form" for the whole."""

    options: Mapping[str, Any] = field(repr=False)
    errors: Mapping[str, str]


def fields_of(
    model: type[BaseModel], options: Mapping[str, Any], say: Say, *, kept: Collection[str] = ()
) -> tuple[FormField, ...]:
    """The fields of a model, filled with options; what is not among them has its default.

    kept: the names of secrets that are stored; their values are never put into a page.
    """
    shown = [
        (name, info, shape)
        for name, info in model.model_fields.items()
        if (shape := _shape(info)) is not None
    ]
    marked = any(_common(info) for _, info, _ in shown)
    return tuple(
        FormField(
            name=name,
            label=say(info.title) if info.title else name.replace("_", " ").capitalize(),
            hint=say(info.description) if info.description else "",
            shape=shape,
            value="" if shape == "secret" else _written(shape, _value(info, options, name)),
            choices=_choices(info, say),
            required=info.is_required() and name not in kept,
            common=_common(info) or not marked,
            kept=name in kept,
        )
        for name, info, shape in shown
    )


def read(
    model: type[BaseModel], typed: Mapping[str, str], stored: Mapping[str, Any], say: Say
) -> Read:
    """What a form of `fields_of` was filled with, validated by the model.

    typed: the form's fields by name. stored: the options until now; a secret that nobody typed
    stays as it is, one whose "forget-<name>" is set goes.
    """
    secrets = secrets_of(model)
    options: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        shape = _shape(info)
        if shape is None:
            continue
        if shape == "secret" and not typed.get(name):
            if name in stored and not typed.get(f"forget-{name}"):
                options[name] = stored[name]
            continue
        value = _typed(shape, name, typed)
        if value is not None:
            options[name] = value
    try:
        found = model.model_validate(options)
    except ValidationError as error:
        return Read(options, _errors(error, say))
    plain = found.model_dump(mode="json", include=set(options) - secrets)
    return Read({**plain, **{name: options[name] for name in secrets & set(options)}}, {})


def check(
    model: type[BaseModel], wanted: Mapping[str, Any], stored: Mapping[str, Any], say: Say
) -> Read:
    """The same for options that nobody typed: all of them, as the model takes them.

    What no form asks for has to stay as it is stored.
    """
    fixed = [name for name, info in model.model_fields.items() if _shape(info) is None]
    for name in fixed:
        if wanted.get(name) != stored.get(name):
            return Read(wanted, {name: say("This is set in the settings file alone.")})
    try:
        found = model.model_validate(dict(wanted))
    except ValidationError as error:
        return Read(wanted, _errors(error, say))
    secrets = secrets_of(model)
    plain = found.model_dump(mode="json", include=set(wanted) - secrets)
    return Read({**plain, **{name: wanted[name] for name in secrets & set(wanted)}}, {})


def secrets_of(model: type[BaseModel]) -> frozenset[str]:
    """The names of the settings that are secrets."""
    return frozenset(path[0] for path in secret_names(model))


def _shape(info: FieldInfo) -> Shape | None:
    """How a setting is asked for; None for what a browser can not set."""
    kinds = _alternatives(info.annotation)
    if _said(info, "format") == "color":
        return "colour"
    if SecretStr in kinds:
        return "secret"
    if bool in kinds:
        return "switch"
    if any(get_origin(kind) is Literal for kind in kinds) and date not in kinds:
        return "choice"
    if any(get_origin(kind) in (tuple, list) for kind in kinds):
        return "lines"
    if any(get_origin(kind) is dict for kind in kinds):
        return "languages"
    if int in kinds or float in kinds:
        return "number"
    if str in kinds or date in kinds:
        return "text"
    return None


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """What a value may be, without None and without what validates it."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return tuple(kind for part in get_args(annotation) for kind in _alternatives(part))
    if hasattr(annotation, "__metadata__"):
        return _alternatives(annotation.__origin__)
    return () if annotation is type(None) else (annotation,)


def _choices(info: FieldInfo, say: Say) -> tuple[tuple[str, str], ...]:
    """What can be chosen, each with the words that its model has for it ("labels")."""
    labels = _said(info, "labels")
    words = labels if isinstance(labels, dict) else {}
    return tuple(
        (str(choice), say(str(words[choice])) if choice in words else str(choice))
        for kind in _alternatives(info.annotation)
        if get_origin(kind) is Literal
        for choice in get_args(kind)
    )


def _common(info: FieldInfo) -> bool:
    return _said(info, "common") is True


def _said(info: FieldInfo, name: str) -> object:
    """What a model says of a setting to those who ask for it (`json_schema_extra`)."""
    extra = info.json_schema_extra
    return extra.get(name) if isinstance(extra, dict) else None


def _value(info: FieldInfo, options: Mapping[str, Any], name: str) -> Any:
    if name in options:
        return options[name]
    default = info.get_default(call_default_factory=True, validated_data={})
    return None if default is PydanticUndefined else default


def _written(shape: Shape, value: Any) -> str | bool | Mapping[str, str]:
    if shape == "switch":
        return bool(value)
    if shape == "languages":
        return {language: str((value or {}).get(language, "")) for language in LANGUAGES}
    if shape == "lines":
        return "\n".join(str(line) for line in value or ())
    return "" if value is None else str(value)


def _typed(shape: Shape, name: str, typed: Mapping[str, str]) -> Any:
    """What stands in a field; None where it was left empty and the default counts."""
    if shape == "switch":
        return name in typed
    if shape == "languages":
        said = {one: typed.get(f"{name}-{one}", "").strip()[:LONGEST] for one in LANGUAGES}
        return {one: words for one, words in said.items() if words}
    text = typed.get(name, "")[:LONGEST].strip()
    if shape == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text if text or (shape == "choice" and name in typed) else None


def _errors(error: ValidationError, say: Say) -> dict[str, str]:
    found: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        place = str(detail["loc"][0]) if detail["loc"] else "form"
        found.setdefault(place, _complaint(detail, say))
    return found


def _complaint(detail: ErrorDetails, say: Say) -> str:
    context = detail.get("ctx", {})
    if "error" in context:
        return say(str(context["error"]))
    known = _COMPLAINTS.get(detail["type"])
    return say(known) % context if known else detail["msg"]
