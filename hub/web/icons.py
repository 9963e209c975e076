"""Icons from the sprite that the front end's build makes out of Lucide and `assets/icons`.

Three sizes, each with its stroke, so that lines look equally strong: 16, 14 and 12 pixels. A name
written out in a template, as in `icon("send")`, is found by the build.
"""

from functools import lru_cache
from typing import Literal

from markupsafe import Markup

Size = Literal[12, 14, 16, 20]

MIRRORED = frozenset(
    {
        "arrow-left",
        "arrow-right",
        "chevron-left",
        "chevron-right",
        "corner-down-right",
        "corner-up-left",
        "log-out",
        "panel-left",
        "panel-right",
        "reply",
        "undo-2",
    }
)
"""Icons with a direction of reading in them; on right-to-left pages they are turned around."""


@lru_cache(maxsize=1024)
def icon(sprite: str, name: str, size: Size = 16, *, kind: str | None = None) -> Markup:
    """An icon as SVG, hidden from screen readers: words beside it, or a label, say the same.

    sprite: the URL of the sprite. kind: a class more.
    """
    classes = ["icon", f"icon-{size}"]
    if name in MIRRORED:
        classes.append("icon-mirror")
    if kind:
        classes.append(kind)
    return Markup(
        '<svg class="{}" width="{}" height="{}" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"/></svg>'
    ).format(" ".join(classes), size, size, sprite, name)
