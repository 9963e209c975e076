"""Puts the shipped files into the wheel, and refuses to build one without its front end.

A wheel must run where there is no Node, so the front end is built before it (`make setup`).
An editable installation reads everything from the checkout and needs none of this.

See https://hatch.pypa.io/latest/plugins/build-hook/custom/.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# where it lies in the checkout -> where it lies in the wheel; `hub.shipped` reads both, the web
# chat finds its own
SHIPPED = {
    "templates": "hub/_shipped/templates",
    "config": "hub/_shipped/config",
    "hub/_built": "hub/_shipped/assets",
    "channels/webchat/_built": "channels/webchat/_built",
}


class ShippedFiles(BuildHookInterface[Any]):
    """Adds templates, configuration and the built front end to a wheel."""

    PLUGIN_NAME = "shipped-files"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend `force_include` for a standard wheel.

        Raises:
            RuntimeError: the front end or a catalogue of translations has not been built.
        """
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        if not (root / "hub/_built/manifest.json").is_file():
            raise RuntimeError(
                "The front end is not built (hub/_built/manifest.json is missing), and a wheel "
                "without it would show bare pages. Run `make setup` in the checkout, then build "
                "the wheel again."
            )
        for catalogue in (root / "hub/locale").rglob("*.po"):
            if not catalogue.with_suffix(".mo").is_file():
                raise RuntimeError(
                    f"{catalogue.relative_to(root)} is not compiled. Run `make setup`, then build "
                    "the wheel again."
                )
        for source, target in SHIPPED.items():
            if (root / source).is_dir():
                build_data["force_include"][str(root / source)] = target
