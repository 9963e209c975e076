"""The second step of signing in: a code of the agent's own device (TOTP, RFC 6238), or one of a
few recovery codes, each good once.

The secret is stored encrypted, recovery codes as hashes. A code is taken once: whoever looked over
the agent's shoulder can not use it again within its half minute (RFC 6238, section 5.2).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from hub.agents.audit import note
from hub.security.keys import Keys
from hub.security.tokens import hash_token
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import RecoveryCode, SecondStep

STEP: Final = 30
"""Seconds that a code is shown for."""
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""What can not be mistaken for something else when it is copied by hand."""
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True)
class State:
    """on: signing in asks for a code. codes: recovery codes that were not used yet."""

    on: bool = False
    codes: int = 0


def state(session: Session, agent_id: UUID) -> State:
    """How it stands with the second step of an agent."""
    step, code = table_of(SecondStep), table_of(RecoveryCode)
    on = session.execute(
        select(step.c.confirmed_at).where(
            step.c.agent_id == agent_id, step.c.confirmed_at.is_not(None)
        )
    ).first()
    if on is None:
        return State()
    left = session.execute(
        select(func.count())
        .select_from(code)
        .where(code.c.agent_id == agent_id, code.c.used_at.is_(None))
    ).scalar_one()
    return State(on=True, codes=left)


def offer(session: Session, agent_id: UUID, secret: str, keys: Keys) -> bool:
    """Keep a secret (base32) until the agent shows that their device has it.

    False where the second step is on already; then nothing was changed.
    """
    if state(session, agent_id).on:
        return False
    insert_or_update(
        session,
        SecondStep,
        [
            {
                "agent_id": agent_id,
                "secret": keys.encrypt(secret.encode("ascii")),
                "confirmed_at": None,
                "last_step": 0,
            }
        ],
        key=["agent_id"],
        update=["secret", "confirmed_at", "last_step"],
    )
    return True


def reencrypt(session: Session, keys: Keys) -> int:
    """Encrypt every secret with the first key, as after a rotation; how many it were.

    Raises Undecryptable.
    """
    table = table_of(SecondStep)
    found = session.execute(select(table.c.agent_id, table.c.secret)).all()
    for agent_id, secret in found:
        session.execute(
            update(table).where(table.c.agent_id == agent_id).values(secret=keys.reencrypt(secret))
        )
    return len(found)


def confirm(
    session: Session, agent_id: UUID, code: str, keys: Keys, *, now: datetime, address: str | None
) -> list[str] | None:
    """Turn the second step on, if the code comes from the offered secret; the recovery codes."""
    step = _fitting(session, agent_id, code, keys, now)
    if step is None:
        return None
    table = table_of(SecondStep)
    made = session.execute(
        update(table)
        .where(table.c.agent_id == agent_id, table.c.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step)
    )
    if not made.rowcount:  # type: ignore[attr-defined]
        return None
    note(session, "second step turned on", agent_id=agent_id, now=now, address=address)
    return renew_codes(session, agent_id)


def check(
    session: Session, agent_id: UUID, given: str, keys: Keys, *, now: datetime, address: str | None
) -> bool:
    """Whether this is a code of the agent's device, or a recovery code, that was not used yet."""
    step = _fitting(session, agent_id, given, keys, now)
    if step is not None:
        table = table_of(SecondStep)
        taken = session.execute(
            update(table)
            .where(
                table.c.agent_id == agent_id,
                table.c.confirmed_at.is_not(None),
                table.c.last_step < step,
            )
            .values(last_step=step)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]
    code = table_of(RecoveryCode)
    used = session.execute(
        update(code)
        .where(
            code.c.agent_id == agent_id,
            code.c.code_hash == hash_token(_plain(given)),
            code.c.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        return False
    note(session, "used a recovery code", agent_id=agent_id, now=now, address=address)
    return True


def renew_codes(session: Session, agent_id: UUID) -> list[str]:
    """Fresh recovery codes in place of all former ones, to be shown once: "abcd-efgh-jkmn-pqrs"."""
    code = table_of(RecoveryCode)
    session.execute(delete(code).where(code.c.agent_id == agent_id))
    made = [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]
    session.execute(
        insert(code),
        [{"agent_id": agent_id, "code_hash": hash_token(_plain(one))} for one in made],
    )
    return made


def turn_off(
    session: Session,
    agent_id: UUID,
    *,
    now: datetime,
    address: str | None = None,
    by: UUID | None = None,
) -> bool:
    """Ask for the password alone from now on; False where that was so. `by`: the agent who did
    it, None for the command line."""
    step, code = table_of(SecondStep), table_of(RecoveryCode)
    session.execute(delete(code).where(code.c.agent_id == agent_id))
    gone = session.execute(delete(step).where(step.c.agent_id == agent_id))
    if not gone.rowcount:  # type: ignore[attr-defined]
        return False
    note(
        session,
        "second step turned off",
        agent_id=by,
        subject=f"agent:{agent_id}",
        now=now,
        address=address,
    )
    return True


def _fitting(session: Session, agent_id: UUID, given: str, keys: Keys, now: datetime) -> int | None:
    """The number of the half minute that the code belongs to: this one or a neighbouring one,
    because devices' clocks differ."""
    import pyotp
    from pyotp.utils import strings_equal

    code = _plain(given)
    if len(code) != 6 or not code.isdecimal():
        return None
    table = table_of(SecondStep)
    found = session.execute(select(table.c.secret).where(table.c.agent_id == agent_id)).scalar()
    if found is None:
        return None
    totp = pyotp.TOTP(keys.decrypt(found).decode("ascii"), interval=STEP)
    present = int(now.timestamp()) // STEP
    return next(
        (
            step
            for step in (present, present - 1, present + 1)
            if strings_equal(totp.generate_otp(step), code)
        ),
        None,
    )


def _plain(given: str) -> str:
    """What was typed, without what people put between groups, and with European digits."""
    kept = "".join(c for c in given[:64] if c.isalnum()).casefold()
    return "".join(str(int(c)) if c.isdecimal() else c for c in kept)
