"""Shows the settings to a person without their secrets, and tells the log what those are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr

from hub.settings.faults import SettingsError, dotted
from hub.settings.loading import Loaded, Origin, leaves

MASK = "********"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as it is shown to a person; secrets are masked."""

    setting: str
    value: str
    origin: Origin


def describe(loaded: Loaded, models: Mapping[str, type[BaseModel]] | None = None) -> list[Row]:
    """Every setting with its value and origin, for a person to read; secrets are masked.

    `models` maps a kind of channel to its adapter's settings model, which knows what is secret
    and what its defaults are. Without it, every text among an account's options is masked.
    """
    shown = loaded.settings.model_dump(mode="json", exclude={"channels"})
    shown["database"]["url"] = _masked_url(loaded.settings.database.url.get_secret_value())
    rows = [
        _row(loaded, (section, name), value)
        for section, values in shown.items()
        for name, value in values.items()
    ]
    for name, account in loaded.settings.channels.items():
        path = ("channels", name)
        common = [((key,), getattr(account, key)) for key in ("kind", "enabled", "brand")]
        options = _shown_options(loaded, name, (models or {}).get(account.kind))
        rows += [_row(loaded, (*path, *at), value) for at, value in (*common, *options)]
    return rows


def secrets_in(model: BaseModel, *, but: set[str] | None = None) -> list[str]:
    """The secrets that settings hold, without those of some fields."""
    values = (value for _, value in leaves(model.model_dump(exclude=but), ()))
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def secret_values(loaded: Loaded, models: Mapping[str, type[BaseModel]]) -> list[str]:
    """The secrets among the settings, for `hub.log.configure` to keep out of every line.

    `models` is as for `describe`. Of an account whose options its model refuses, or whose kind
    has none, every text counts as a secret.
    """
    found = []
    try:
        password = urlsplit(loaded.settings.database.url.get_secret_value()).password
    except ValueError:
        password = None
    if password:
        found += [password, unquote(password)]
    found += secrets_in(loaded.settings, but={"channels", "database"})
    for name, account in loaded.settings.channels.items():
        options: Mapping[str, Any] = account.options
        model = models.get(account.kind)
        try:
            read = loaded.account_options(name, model) if model else None
        except SettingsError:
            read = None
        if read is None:
            found += [value for _, value in leaves(options, ()) if isinstance(value, str)]
        else:
            found += secrets_in(read)
    return list(dict.fromkeys(filter(None, found)))


def _row(loaded: Loaded, path: tuple[str, ...], value: object) -> Row:
    name = dotted(path)
    origin = loaded.origins.get(name, Origin("default", ""))
    return Row(name, json.dumps(value, ensure_ascii=False, default=str), origin)


def _masked_url(url: str) -> str:
    """A database address whose password, and whatever its query holds, is hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    password = MASK if colon else ""
    query = MASK if parts.query else ""
    netloc = f"{name}{colon}{password}{at}{host}"
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def _shown_options(
    loaded: Loaded, account: str, model: type[BaseModel] | None
) -> Iterator[tuple[tuple[str, ...], object]]:
    options: Mapping[str, Any] = loaded.settings.channels[account].options
    if model is not None:
        try:
            found = loaded.account_options(account, model)
        except SettingsError:
            pass
        else:
            dumped = found.model_dump(mode="json", by_alias=True)
            yield from leaves(dumped, ())
            return
    for path, value in leaves(options, ()):
        yield path, value if isinstance(value, bool | int | float) else MASK
