"""What is wrong with a setting, in words that tell how to put it right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from hub.settings.values import Wanted

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `setting` is its dotted name, `place` a file:line or a variable, if known.

    A variable of the environment stands in `place` with `setting` empty where it names nothing.
    """

    setting: str
    problem: str
    place: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.setting, self.problem) if part)


class SettingsError(Exception):
    """The settings cannot be used. `faults` holds everything that is wrong, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def dotted(path: Iterable[object]) -> str:
    """("channels", "support-mail", "ports", 0) as "channels.support-mail.ports[0]"."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def nearest(path: Path, valid: Sequence[Path]) -> Path | None:
    """The valid name that was most likely meant, or None when nothing is near.

    A name beside the wrong one is preferred; then the same last part elsewhere, when only one
    setting has it; then the whole name.
    """
    beside = {p[-1]: p for p in valid if p[:-1] == path[:-1]}
    if close := get_close_matches(path[-1], beside, n=1):
        return beside[close[0]]
    namesakes = [p for p in valid if p[-1] == path[-1]]
    if len(namesakes) == 1:
        return namesakes[0]
    whole = {dotted(p): p for p in valid}
    if close := get_close_matches(dotted(path), whole, n=1, cutoff=0.7):
        return whole[close[0]]
    return None


def unknown(path: Path, valid: Sequence[Path]) -> str:
    """The problem "unknown setting", with the nearest valid name."""
    near = nearest(path, valid)
    if near is None:
        return "unknown setting"
    return f"unknown setting; did you mean {dotted(near)}?"


def submodel(annotation: Any) -> type[BaseModel] | None:
    """The model inside `Model` or `Model | None`; None for every other annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType):
        models = [m for a in get_args(annotation) if (m := submodel(a)) is not None]
        return models[0] if len(models) == 1 else None
    return None


def known_names(model: type[BaseModel], prefix: Path = ()) -> Iterator[Path]:
    """Every name that a model knows, tables and what is in them alike."""
    for name, field in model.model_fields.items():
        path = (*prefix, field.alias or name)
        yield path
        if inner := submodel(field.annotation):
            yield from known_names(inner, path)


def find_unknown(
    model: type[BaseModel], values: Mapping[str, Any], prefix: Path
) -> Iterator[tuple[Path, str]]:
    """Each name in `values` that the model does not know, with the problem in words."""
    valid = list(known_names(model, prefix))
    pending: list[tuple[type[BaseModel], Mapping[str, Any], Path]] = [(model, values, prefix)]
    while pending:
        model, values, prefix = pending.pop()
        if model.model_config.get("extra") == "allow":
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        for name, value in values.items():
            path = (*prefix, name)
            if name not in fields:
                yield path, unknown(path, valid)
            elif (inner := submodel(fields[name].annotation)) and isinstance(value, dict):
                pending.append((inner, value, path))


def secret_names(model: type[BaseModel], prefix: Path = ()) -> Iterator[Path]:
    """The names of the fields that hold secrets."""
    for name, field in model.model_fields.items():
        path = (*prefix, field.alias or name)
        if inner := submodel(field.annotation):
            yield from secret_names(inner, path)
        elif _holds_secret(field.annotation):
            yield path


def _holds_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, SecretStr | SecretBytes):
        return True
    return any(_holds_secret(argument) for argument in get_args(annotation))


def read_validation(
    error: ValidationError, model: type[BaseModel], prefix: Path
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each complaint of pydantic: where, and what was found and what is wanted.

    Unknown names are left to `find_unknown`, which knows what was meant.
    """
    secrets = set(secret_names(model))
    for detail in error.errors(include_url=False):
        if detail["type"] == "extra_forbidden":
            continue
        place = tuple(part for part in detail["loc"] if part != "[key]")
        named = tuple(part for part in place if isinstance(part, str))
        hidden = any(named[: len(secret)] == secret for secret in secrets)
        yield (*prefix, *place), _problem(detail, hidden=hidden)


def _problem(detail: ErrorDetails, *, hidden: bool) -> str:
    if detail["type"] == "missing":
        return "missing; it has to be set"
    found = "a secret of the wrong form" if hidden else _shown(detail["input"])
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, Wanted):
        return f"found {found}, wanted {cause}"
    if cause is not None:
        return f"found {found}: {cause}"
    return f"found {found}, wanted {_wanted(detail)}"


_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text in quotes",
    "path_type": "a path in quotes",
    "list_type": "a list such as [1, 2]",
    "tuple_type": "a list such as [1, 2]",
    "set_type": "a list such as [1, 2]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_short": "at least {min_length} character(s)",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
}


def _wanted(detail: ErrorDetails) -> str:
    if words := _WANTED.get(detail["type"]):
        return words.format_map(detail.get("ctx", {}))
    return detail["msg"][:1].lower() + detail["msg"][1:]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
