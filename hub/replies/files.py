"""Reply templates out of files: `<name>.<locale>.txt.j2`, `<name>.<locale>.telegram.txt.j2` for one
kind of channel, `<name>.<locale>.html.j2` for mail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hub.replies.errors import TemplateError
from hub.replies.library import Key

_FILE: Final = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9_-]*)\.(?P<locale>[a-z]{2,3}(-[A-Za-z0-9]+)*)"
    r"\.(?P<form>html|([a-z][a-z0-9]*\.)?txt)\.j2"
)


def file_name(key: Key) -> str:
    """The file in which a variant is kept."""
    return f"{key.name}.{key.locale}.{key.form}.j2"


def key_of(name: str) -> Key:
    """The variant that a file of this name holds. Raises TemplateError."""
    match = _FILE.fullmatch(name)
    if match is None:
        raise TemplateError(name, "call the file <name>.<language>.txt.j2, such as away.fa.txt.j2")
    return Key(match["name"], match["locale"], match["form"])


def template_files(directory: Path) -> dict[Key, str]:
    """The sources of a directory's templates.

    Raises TemplateError for a file whose name does not tell template and language, OSError where
    one can not be read.
    """
    sources = {}
    for path in sorted(directory.glob("*.j2")):
        sources[key_of(path.name)] = path.read_text(encoding="utf-8-sig")
    return sources
