"""The accounts of all channels: those of the settings file and those set up in the browser.

What an admin types in the browser is a row; secrets in it are encrypted with the installation's
key. The settings file goes first: an account that stands there is changed there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from hub import organisation
from hub.security.keys import Keys, Undecryptable
from hub.settings import Settings
from hub.store.statements import table_of
from hub.store.tables import ConnectedAccount

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Configured:
    """One account as it is set up, whether it runs or not.

    options: as its adapter's settings model takes them, secrets in the clear. stored: it was set
    up in the browser. fault: why it can not be opened, in words. locale: in which it speaks where
    nobody chose another.
    """

    name: str
    kind: str
    brand: str
    options: Options = field(repr=False)
    paused: bool = False
    stored: bool = False
    removed: bool = False
    fault: str | None = None
    locale: str = "en"


def of_settings(settings: Settings) -> dict[str, Configured]:
    """The accounts of the settings file, by name."""
    return {
        name: Configured(
            name,
            given.kind,
            given.brand,
            given.options,
            paused=not given.enabled,
            locale=settings.organisation.locale,
        )
        for name, given in settings.channels.items()
    }


def stored(session: Session, keys: Keys) -> dict[str, Configured]:
    """The accounts that were set up in the browser, by name, removed ones too."""
    table = table_of(ConnectedAccount)
    query = select(*table.c).order_by(table.c.name)
    return {row.name: read(row, keys) for row in session.execute(query)}


def configured(session: Session, settings: Settings, keys: Keys) -> dict[str, Configured]:
    """All accounts by name, the settings file's first, without those that were removed."""
    of_rows = {name: one for name, one in stored(session, keys).items() if not one.removed}
    of_file = of_settings(settings)
    found = of_file | {name: one for name, one in of_rows.items() if name not in of_file}
    locale = organisation.read(session, settings).organisation.locale
    return {name: replace(one, locale=locale) for name, one in found.items()}


def read(row: Row[Any], keys: Keys) -> Configured:
    """A row as the account that it sets up."""
    secrets: Options = {}
    fault = None
    if row.secrets is not None:
        try:
            secrets = json.loads(keys.decrypt(row.secrets))
        except Undecryptable:
            fault = (
                "its secrets were encrypted with a key that this installation does not have; "
                "restore the key, or type them again"
            )
    return Configured(
        name=row.name,
        kind=row.kind,
        brand=row.brand,
        options={**row.options, **secrets},
        paused=row.paused,
        stored=True,
        removed=row.removed_at is not None,
        fault=fault,
    )
