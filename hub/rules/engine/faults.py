"""What is wrong with a rule, where, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from hub.text.marking import N_, Sentence

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
        return Sentence("; did you mean '%(name)s'?", name=close[0])
    if not names:
        return ""
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return Sentence("; valid: %(names)s", names=listed)


def shown(value: object, limit: int = 60) -> str:
    """A value as it is quoted in a message, never long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def from_validation(error: ValidationError, path: Path, keys: Iterable[str] = ()) -> list[Fault]:
    """Translate what pydantic found at `path`; `keys` are the names valid there."""
    faults = []
    message: str
    for detail in error.errors(include_url=False):
        where = (*path, *(part for part in detail["loc"] if not _internal(part)))
        match detail["type"]:
            case "extra_forbidden":
                name = str(detail["loc"][-1])
                message = Sentence(
                    "unknown key %(name)s%(hint)s", name=shown(name), hint=nearest(name, keys)
                )
            case "missing":
                message = Sentence("'%(name)s' is missing", name=where[-1])
                where = where[:-1]
            case "literal_error":
                valid = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
                given = detail["input"]
                hint = nearest(str(given), valid)
                message = Sentence(
                    "%(given)s is not possible here%(hint)s", given=shown(given), hint=hint
                )
            case "bool_type" | "bool_parsing":
                message = Sentence(
                    "write true or false, not %(given)s", given=shown(detail["input"])
                )
            case "too_short":
                message = Sentence("at least one is needed here")
            case "string_type":
                message = Sentence("write a word or a text here")
            case "string_pattern_mismatch" if not detail["input"]:
                message = Sentence("a name is missing here")
            case "string_pattern_mismatch":
                message = Sentence(
                    "%(given)s is no name: letters, digits, '-', '_' and '.', beginning with a "
                    "letter or digit",
                    given=shown(detail["input"]),
                )
            case "value_error":
                message = detail["ctx"]["error"].args[0]
            case kind:
                message = _usual(kind, detail["msg"], detail.get("ctx", {}))
                if isinstance(detail["input"], str | int | float):
                    message = Sentence(
                        "%(wanted)s, not %(given)s", wanted=message, given=shown(detail["input"])
                    )
        faults.append(Fault(where, message))
    return faults


_MAPPING: Final = N_("write names with their values here")
_LIST: Final = N_("write a list here")
_WHOLE: Final = N_("write a whole number here")
_USUAL: Final[Mapping[str, tuple[str, str]]] = {
    "int_type": (_WHOLE, ""),
    "int_from_float": (_WHOLE, ""),
    "float_type": (N_("write a number here"), ""),
    "dict_type": (_MAPPING, ""),
    "mapping_type": (_MAPPING, ""),
    "model_type": (_MAPPING, ""),
    "model_attributes_type": (_MAPPING, ""),
    "list_type": (_LIST, ""),
    "tuple_type": (_LIST, ""),
    "greater_than": (N_("write more than %(bound)s here"), "gt"),
    "greater_than_equal": (N_("write at least %(bound)s here"), "ge"),
    "less_than": (N_("write less than %(bound)s here"), "lt"),
    "less_than_equal": (N_("write at most %(bound)s here"), "le"),
    "string_too_long": (N_("write at most %(bound)s letters here"), "max_length"),
    "string_too_short": (N_("write at least %(bound)s letters here"), "min_length"),
    "too_long": (N_("at most %(bound)s are possible here"), "max_length"),
}
"""Faults by pydantic's names for them (its docs, "Validation Errors"): the sentence, and what of
the context its bound is."""


def _usual(kind: str, told: str, context: Mapping[str, Any]) -> str:
    """One of pydantic's own faults in our words; in its own where we have none."""
    form, bound = _USUAL.get(kind, (f"{told[:1].lower()}{told[1:]}", ""))
    return Sentence(form, bound=context[bound]) if bound else Sentence(form)


def _internal(part: str | int) -> bool:
    # pydantic names the validator functions and union members it went through
    return isinstance(part, str) and ("[" in part or "(" in part)
