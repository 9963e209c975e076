"""Finds the files that ship with Payam beside its code, and checks that the code is Payam's.

In a checkout they are the folders `templates/`, `config/` and `hub/_built/` (the built front
end); in an installed wheel, `requirements/wheel_hook.py` has put the same folders under
`hub/_shipped/`. The checkout is preferred, so that an edit is seen without a rebuild.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent

_IN_CHECKOUT = {"templates": "templates", "config": "config", "assets": "hub/_built"}


class ForeignChannels(RuntimeError):
    """The package `channels` that Python finds is not Payam's."""


def in_checkout() -> bool:
    """Whether this code runs from a source tree (also by an editable installation)."""
    return (_CHECKOUT / "requirements" / "wheel_hook.py").is_file()


def shipped(folder: Literal["templates", "config", "assets"]) -> Path:
    """The absolute path of a folder of shipped files.

    `assets` is the built front end: a flat folder with `manifest.json`, which maps logical names
    ("app.css") to the names of the files ("app-QX3VIJ2R.css").

    Raises:
        FileNotFoundError: the folder is missing; the text says how to get it.
    """
    path = _CHECKOUT / _IN_CHECKOUT[folder] if in_checkout() else _PACKAGE / "_shipped" / folder
    if not path.is_dir():
        cure = "Build it with `make setup`." if in_checkout() else "Install Payam again."
        raise FileNotFoundError(f"{path} is missing. {cure}")
    return path


def refuse_foreign_channels() -> None:
    """Refuse to run beside another package of the name `channels`.

    The name is a common one (Django Channels has it). Whichever of the two comes first would be
    imported, or, installed into the same place, one would have overwritten the other; messages
    must not depend on that. The command calls this before anything else.

    Raises:
        ForeignChannels: the text names the foreign package's place and the way out.
    """
    spec = find_spec("channels")
    origin = Path(spec.origin).resolve() if spec and spec.origin else None
    expected = _CHECKOUT / "channels" / "__init__.py"
    if origin == expected:
        from channels import PRODUCT

        if PRODUCT == "payam":
            return
    raise ForeignChannels(
        f"Python finds another package named 'channels' at {origin or 'no file'} "
        f"(expected {expected}). Payam cannot share an environment with it: install Payam into "
        "an environment of its own, for example with `pipx install payam`."
    )
