"""Reads settings out of the environment: PAYAM_SERVER__PORT=8080 is server.port."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel

from hub.settings.faults import Fault, Path, known_names, nearest, submodel
from hub.settings.model import AccountSettings, Settings

PREFIX = "PAYAM_"

# The installation's secret (hub.security.keys), and what the test suite says to itself.
_NOT_SETTINGS = ("PAYAM_KEY", "PAYAM_TEST_")


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting given by the environment."""

    name: str
    path: Path
    value: Any


def variable_name(path: Path) -> str:
    """The variable that sets a path: ("channels", "sales-bot", "token") becomes
    PAYAM_CHANNELS__SALES_BOT__TOKEN."""
    return PREFIX + "__".join(part.replace("-", "_").upper() for part in path)


def read_environment(
    environ: Mapping[str, str], accounts: Collection[str]
) -> Iterator[Variable | Fault]:
    """Each variable that starts with PAYAM_, as a setting or as a fault, by name.

    A hyphen cannot stand in a variable's name, so SALES_BOT is the account of `accounts` that is
    written like it, or else a new account "sales-bot". Lists and tables are written as in TOML;
    a plain list may also be written with commas.
    """
    names = {variable_name(("channels", name)): name for name in accounts}
    for name in sorted(environ):
        if not name.startswith(PREFIX) or _is_reserved(name):
            continue
        parts = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if parts[0] == "channels" and len(parts) >= 3 and all(parts):
            account = names.get(variable_name(parts[:2]), parts[1].replace("_", "-"))
            path = (parts[0], account, *parts[2:])
            known = len(path) == 3 and path[2] in AccountSettings.model_fields
            value = environ[name] if known else _loose(environ[name])
            yield Variable(name, path, value)
        elif (annotation := _leaf(parts)) is None:
            yield Fault("", _unknown(parts), name)
        else:
            yield _typed(name, parts, environ[name], annotation)


def separated(text: str) -> list[str]:
    """The parts of a list that is written with commas."""
    return [part for part in map(str.strip, text.split(",")) if part]


def _is_reserved(name: str) -> bool:
    own, tests = _NOT_SETTINGS
    return name == own or name.startswith(tests)


def _leaf(path: Path) -> Any:
    """The annotation of a single setting outside `channels`; None for tables and unknown names."""
    if path[0] == "channels":
        return None
    model: type[BaseModel] | None = Settings
    annotation: Any = None
    for name in path:
        field = model.model_fields.get(name) if model else None
        if field is None:
            return None
        annotation = field.annotation
        model = submodel(annotation)
    return None if model else annotation


def _unknown(parts: Path) -> str:
    valid = [path for path in known_names(Settings) if _leaf(path) is not None]
    if parts[0] == "channels":
        return "names no account's setting; wanted PAYAM_CHANNELS__<ACCOUNT>__<SETTING>"
    by_spelling = {variable_name(path).replace("__", "_"): path for path in valid}
    spelled = by_spelling.get(PREFIX + "_".join(parts).replace("__", "_").upper())
    near = spelled or nearest(parts, valid)
    if near is None:
        return "unknown setting"
    return f"unknown setting; did you mean {variable_name(near)}?"


def _typed(name: str, path: Path, text: str, annotation: Any) -> Variable | Fault:
    kind = get_origin(annotation)
    if kind not in (list, tuple, dict):
        return Variable(name, path, text)
    if kind is not dict and not text.lstrip().startswith("["):
        return Variable(name, path, separated(text))
    try:
        return Variable(name, path, _toml_value(text))
    except tomllib.TOMLDecodeError:
        example = '{sat = [["09:00", "17:00"]]}' if kind is dict else '["one", "two"]'
        return Fault(".".join(path), f'found "{text}", wanted TOML such as {example}', name)


def _loose(text: str) -> Any:
    """The value of an adapter's setting, whose type is not known here."""
    if text.lstrip().startswith(("[", "{")):
        try:
            return _toml_value(text)
        except tomllib.TOMLDecodeError:
            return text
    return text


def _toml_value(text: str) -> Any:
    document = tomllib.loads(f"value = {text}")
    if len(document) != 1:  # a line end in the text began another key
        raise tomllib.TOMLDecodeError("more than one value")
    return document["value"]
