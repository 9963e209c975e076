"""Loads the settings: shipped defaults, then the installation's file, then the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from hub.settings.environment import read_environment, separated
from hub.settings.faults import (
    Fault,
    SettingsError,
    dotted,
    find_unknown,
    read_validation,
    submodel,
)
from hub.settings.lines import key_lines, line_of
from hub.settings.model import AccountSettings, Settings
from hub.shipped import shipped

Options = TypeVar("Options", bound=BaseModel)

_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_ACCOUNT_KEYS = AccountSettings.model_fields.keys() - {"options"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from; `place` is a file:line or the name of a variable.

    The default of an adapter's own setting has no place.
    """

    source: Literal["default", "file", "environment"]
    place: str


@dataclass(frozen=True)
class Loaded:
    """The settings, the file that was read, and for each dotted name where its value came from."""

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None

    def account_options(self, account: str, model: type[Options]) -> Options:
        """The options of one account, read by its adapter's model.

        Raises:
            SettingsError: see `validate_options`; the faults name file and line.
            KeyError: no account has this name.
        """
        options = self.settings.channels[account].options
        return validate_options(model, options, f"channels.{account}", self.origins)


def load(
    config: Path | None,
    environ: Mapping[str, str],
    *,
    directory: Path | None = None,
    system: Path = Path("/etc/payam/payam.toml"),
) -> Loaded:
    """Load the settings of this installation.

    Args:
        config: the file to read. None: `payam.toml` in `directory` (by default the current one),
            or else `system`, or else no file.
        environ: the environment, as `os.environ`.

    Raises:
        SettingsError: with every fault of file and environment at once.
    """
    layers = _Layers()
    layers.add_file(shipped("config") / "payam.toml", "default")
    file = config or _installed_file(directory or Path(), system)
    if file is not None:
        layers.add_file(file, "file")
    layers.add_environment(environ)
    settings = layers.validate()
    if settings is None or layers.faults:
        raise SettingsError(sorted(layers.faults, key=_by_line))
    return Loaded(settings, layers.origins, file)


def validate_options(
    model: type[Options],
    options: Mapping[str, Any],
    path: str,
    origins: Mapping[str, Origin] | None = None,
) -> Options:
    """Read one account's options by its adapter's model.

    `path` is the dotted name that the options stand under, such as "channels.support-mail".

    Raises:
        SettingsError: unknown names (with the nearest valid one) and wrong values, all of them.
    """
    prefix = tuple(path.split("."))
    origins = origins or {}
    unknown = list(find_unknown(model, options, prefix))
    faults = [Fault(dotted(at), problem, _place(origins, at)) for at, problem in unknown]
    found: Options | None = None
    try:
        known = _without(options, [at for at, _ in unknown], prefix)
        found = model.model_validate(_with_lists(model, known, prefix, origins))
    except ValidationError as error:
        faults += [
            Fault(dotted(at), problem, _place(origins, at))
            for at, problem in read_validation(error, model, prefix)
        ]
    if found is None or faults:
        raise SettingsError(sorted(faults, key=_by_line))
    return found


@dataclass
class _Layers:
    values: dict[str, Any] = field(default_factory=lambda: {"channels": {}})
    origins: dict[str, Origin] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add_file(self, file: Path, source: Literal["default", "file"]) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.faults.append(Fault("", "there is no such file", str(file)))
            return
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(Fault("", f"cannot be read: {error}", str(file)))
            return
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = _SYNTAX_LINE.search(str(error))
            place = f"{file}:{line[1]}" if line else str(file)
            problem = _SYNTAX_LINE.sub("", str(error))
            self.faults.append(Fault("", f"not TOML: {problem}", place))
            return
        lines = key_lines(text)

        def origin(path: tuple[str, ...]) -> Origin:
            line = line_of(lines, path)
            return Origin(source, f"{file}:{line}" if line else str(file))

        for path, problem in find_unknown(Settings, document, ()):
            self.faults.append(Fault(dotted(path), problem, origin(path).place))
        for path, value in _settings_of(document):
            for length in range(2, len(path)):  # where something is missing, its table is shown
                self.origins.setdefault(dotted(path[:length]), origin(path[:length]))
            self._set(path, value, origin(path))

    def add_environment(self, environ: Mapping[str, str]) -> None:
        accounts = self.values.get("channels", {})
        for found in read_environment(environ, list(accounts)):
            if isinstance(found, Fault):
                self.faults.append(found)
            else:
                self._set(found.path, found.value, Origin("environment", found.name))

    def validate(self) -> Settings | None:
        try:
            return Settings.model_validate(self.values)
        except ValidationError as error:
            self.faults += [
                Fault(dotted(at), problem, _place(self.origins, at))
                for at, problem in read_validation(error, Settings, ())
            ]
            return None

    def _set(self, path: tuple[str, ...], value: Any, origin: Origin) -> None:
        if path[0] == "channels" and len(path) > 2 and path[2] not in _ACCOUNT_KEYS:
            place = ("channels", path[1], "options", *path[2:])
        else:
            place = path
        table = self.values
        for part in place[:-1]:
            inner = table.get(part)
            if not isinstance(inner, dict):
                inner = table[part] = {}
            table = inner
        table[place[-1]] = value
        self.origins[dotted(path)] = origin
        if path[0] == "channels":
            self.origins.setdefault(dotted(path[:2]), origin)


def _installed_file(directory: Path, system: Path) -> Path | None:
    return next((f for f in (directory / "payam.toml", system) if f.is_file()), None)


def _settings_of(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each single setting of a file; an unknown name is left out, a table is gone into.

    What is a table by its type (the week) is one setting, replaced as a whole: an installation
    that is open from Monday to Friday does not inherit the shipped Saturday.
    """
    for section, value in document.items():
        model_field = Settings.model_fields.get(section)
        if model_field is None:
            continue
        model = submodel(model_field.annotation)
        if not isinstance(value, dict):
            yield (section,), value
        elif model is not None:
            yield from _known(value, model, (section,))
        else:
            for account, options in value.items():
                if not isinstance(options, dict) or not options:
                    yield (section, account), options
                else:
                    yield from leaves(options, (section, account))


def _known(
    table: Mapping[str, Any], model: type[BaseModel], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The settings that a model knows, of its tables too."""
    for name, value in table.items():
        found = model.model_fields.get(name)
        if found is None:
            continue
        inner = submodel(found.annotation)
        if inner is not None and isinstance(value, dict):
            yield from _known(value, inner, (*path, name))
        else:
            yield (*path, name), value


def leaves(
    table: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each single value in nested tables, with its path. An empty table is a value."""
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _with_lists(
    model: type[BaseModel],
    options: Mapping[str, Any],
    prefix: tuple[str, ...],
    origins: Mapping[str, Origin],
) -> dict[str, Any]:
    """The options, with lists that the environment gave with commas taken apart."""
    read = dict(options)
    for name, info in model.model_fields.items():
        key = info.alias or name
        value, path = read.get(key), (*prefix, key)
        if isinstance(value, dict) and (inner := submodel(info.annotation)):
            read[key] = _with_lists(inner, value, path, origins)
        elif isinstance(value, str) and get_origin(info.annotation) in (list, tuple, set):
            origin = origins.get(dotted(path))
            if origin and origin.source == "environment":
                read[key] = separated(value)
    return read


def _by_line(fault: Fault) -> tuple[str, int]:
    file, _, line = fault.place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (fault.place, 0)


def _place(origins: Mapping[str, Origin], path: tuple[str | int, ...]) -> str:
    for length in range(len(path), 0, -1):
        if origin := origins.get(dotted(path[:length])):
            return origin.place
    return ""


def _without(
    options: Mapping[str, Any], paths: list[tuple[str, ...]], prefix: tuple[str, ...]
) -> dict[str, Any]:
    kept = deepcopy(dict(options))
    for path in paths:
        *tables, name = path[len(prefix) :]
        table = kept
        for part in tables:
            table = table[part]
        del table[name]
    return kept
