"""Setting accounts up: each change with its entry in the audit log, secrets only encrypted."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

from sqlalchemy import Row, insert, select, update
from sqlmodel import Session

from hub.accounts import Options
from hub.agents.audit import Action, By
from hub.agents.rights import Missing
from hub.security.keys import Keys, Undecryptable
from hub.store.statements import table_of
from hub.store.tables import ConnectedAccount
from hub.store.versions import policy_changed

State = Literal["paused", "resumed", "removed", "restored"]

_ACTIONS: Final[Mapping[State, Action]] = {
    "paused": "paused an account",
    "resumed": "resumed an account",
    "removed": "removed an account",
    "restored": "restored an account",
}


class NameTaken(Exception):
    """An account has this name, or had it: conversations still speak of it."""


class NoSuchAccount(Missing):
    """No account of this name was set up in the browser."""


def connect(
    session: Session,
    keys: Keys,
    by: By,
    *,
    name: str,
    kind: str,
    options: Options,
    secret: Collection[str],
    brand: str = "",
) -> None:
    """Set an account up. `secret` names those of the options that are secrets.

    Raises NameTaken.
    """
    table = table_of(ConnectedAccount)
    if session.execute(select(table.c.name).where(table.c.name == name)).first() is not None:
        raise NameTaken(name)
    plain, hidden = _apart(options, secret)
    session.execute(
        insert(table).values(
            name=name,
            kind=kind,
            brand=brand,
            options=plain,
            secrets=_encrypted(hidden, keys),
            paused=False,
            created_at=by.now,
            changed_at=by.now,
        )
    )
    after = {"kind": kind, "brand": brand, **plain, **_told(hidden, {})}
    _noted(session, "connected an account", by, name, None, after)


def change(
    session: Session,
    keys: Keys,
    by: By,
    *,
    name: str,
    options: Options,
    secret: Collection[str],
    brand: str = "",
) -> None:
    """Give an account other options, all of them. Raises NoSuchAccount."""
    table = table_of(ConnectedAccount)
    row = _locked(session, name)
    plain, hidden = _apart(options, secret)
    session.execute(
        update(table)
        .where(table.c.name == name)
        .values(options=plain, secrets=_encrypted(hidden, keys), brand=brand, changed_at=by.now)
    )
    before = {"brand": row.brand, **row.options, **_told(_decrypted(row.secrets, keys), {})}
    after = {"brand": brand, **plain, **_told(hidden, _decrypted(row.secrets, keys))}
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    _noted(
        session,
        "changed an account",
        by,
        name,
        {key: before.get(key) for key in sorted(changed)},
        {key: after.get(key) for key in sorted(changed)},
    )


def set_state(session: Session, by: By, name: str, state: State) -> None:
    """Pause, resume, remove or restore an account. Raises NoSuchAccount."""
    values: dict[State, dict[str, Any]] = {
        "paused": {"paused": True},
        "resumed": {"paused": False},
        "removed": {"removed_at": by.now},
        "restored": {"removed_at": None},
    }
    table = table_of(ConnectedAccount)
    _locked(session, name)
    session.execute(
        update(table).where(table.c.name == name).values(**values[state], changed_at=by.now)
    )
    _noted(session, _ACTIONS[state], by, name, None, None)


def reencrypt(session: Session, keys: Keys) -> int:
    """Encrypt every secret with the first key, as after a rotation; how many rows it were.

    Raises Undecryptable.
    """
    table = table_of(ConnectedAccount)
    found = session.execute(
        select(table.c.name, table.c.secrets).where(table.c.secrets.is_not(None))
    ).all()
    for name, secrets in found:
        session.execute(
            update(table).where(table.c.name == name).values(secrets=keys.reencrypt(secrets))
        )
    return len(found)


def _locked(session: Session, name: str) -> Row[Any]:
    table = table_of(ConnectedAccount)
    query = select(*table.c).where(table.c.name == name).with_for_update()
    row = session.execute(query).first()
    if row is None:
        raise NoSuchAccount(name)
    return row


def _apart(options: Options, secret: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain = {key: value for key, value in options.items() if key not in secret}
    return plain, {key: value for key, value in options.items() if key in secret}


def _encrypted(secrets: Options, keys: Keys) -> str | None:
    return keys.encrypt(json.dumps(secrets).encode()) if secrets else None


def _decrypted(secrets: str | None, keys: Keys) -> Options:
    """Nothing where they were encrypted with a key that is lost: they are typed again then."""
    try:
        return json.loads(keys.decrypt(secrets)) if secrets else {}
    except Undecryptable:
        return {}


def _told(secrets: Options, before: Options) -> dict[str, str]:
    """What the audit log may know of secrets: that they are set, and that they were changed."""
    return {
        name: "set" if before.get(name, value) == value else "set anew"
        for name, value in secrets.items()
    }


def _noted(
    session: Session,
    action: Action,
    by: By,
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    by.note(session, action, f"account:{name}", before, after)
    policy_changed(session)
