"""Reply templates out of files: `templates/replies/<name>.<locale>.txt.j2`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hub.replies.errors import TemplateError
from hub.replies.library import Key

_FILE: Final = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9_-]*)\.(?P<locale>[a-z]{2,3}(-[A-Za-z0-9]+)*)\.txt\.j2"
)


def template_files(directory: Path) -> dict[Key, str]:
    """The sources of a directory's templates.

    Raises TemplateError for a file whose name does not tell template and language, OSError where
    one can not be read.
    """
    sources = {}
    for path in sorted(directory.glob("*.j2")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise TemplateError(
                path.name, "call the file <name>.<language>.txt.j2, such as away.fa.txt.j2"
            )
        source = path.read_text(encoding="utf-8-sig")
        sources[Key(match["name"], match["locale"])] = source
    return sources
