"""What is wrong with a rule, where, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

Path = tuple[str | int, ...]
"""Where in a rule's data something stands: ("if", "all", 1, "hours")."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is relative to the rule; `message` is one sentence for the person who wrote it."""

    path: Path
    message: str


def dotted(path: Sequence[str | int]) -> str:
    """A path as people read it: "if.all[1].hours"."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def nearest(name: str, valid: Iterable[str]) -> str:
    """ "; did you mean 'hours'?", or the valid names where none is near, or nothing."""
    names = sorted(valid)
    close = difflib.get_close_matches(name[:80], names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    if not names:
        return ""
    shown = ", ".join(names[:12])
    return f"; valid: {shown}{', …' if len(names) > 12 else ''}"


def shown(value: object, limit: int = 60) -> str:
    """A value as it is quoted in a message, never long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def from_validation(error: ValidationError, path: Path, keys: Iterable[str] = ()) -> list[Fault]:
    """Translate what pydantic found at `path`; `keys` are the names valid there."""
    faults = []
    for detail in error.errors(include_url=False):
        where = (*path, *(part for part in detail["loc"] if not _internal(part)))
        match detail["type"]:
            case "extra_forbidden":
                name = str(detail["loc"][-1])
                message = f"unknown key {shown(name)}{nearest(name, keys)}"
            case "missing":
                message = f"'{where[-1]}' is missing"
                where = where[:-1]
            case "literal_error":
                valid = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
                given = detail["input"]
                hint = nearest(str(given), valid)
                message = f"{shown(given)} is not possible here{hint}"
            case "bool_type" | "bool_parsing":
                message = f"write true or false, not {shown(detail['input'])}"
            case "too_short":
                message = "at least one is needed here"
            case "string_type":
                message = "write a word or a text here"
            case "string_pattern_mismatch" if not detail["input"]:
                message = "a name is missing here"
            case "string_pattern_mismatch":
                message = (
                    f"{shown(detail['input'])} is no name: letters, digits, '-', '_' and '.', "
                    "beginning with a letter or digit"
                )
            case "value_error":
                message = str(detail["ctx"]["error"])
            case _:
                message = f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"
                if isinstance(detail["input"], str | int | float):
                    message += f", not {shown(detail['input'])}"
        faults.append(Fault(where, message))
    return faults


def _internal(part: str | int) -> bool:
    # pydantic names the validator functions and union members it went through
    return isinstance(part, str) and ("[" in part or "(" in part)
