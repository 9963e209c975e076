"""Places in the event log as browsers know them: opaque, of equal length, later ones greater."""

from __future__ import annotations

from typing import Final

from hub.store.events import Position

_WIDTH: Final = 16


def dump_position(position: Position) -> str:
    """The place as text, 32 characters."""
    return f"{position.xid:0{_WIDTH}x}{position.position:0{_WIDTH}x}"


def load_position(text: str | None) -> Position | None:
    """Read what `dump_position` wrote; None for anything else."""
    if text is None or len(text) != 2 * _WIDTH:
        return None
    try:
        position = Position(int(text[:_WIDTH], 16), int(text[_WIDTH:], 16))
    except ValueError:
        return None
    return position if max(position.xid, position.position) < 2**63 else None
