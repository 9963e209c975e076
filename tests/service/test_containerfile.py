"""The Containerfile fits what is here; building it needs a registry, so no test does."""

from __future__ import annotations

import re
from pathlib import Path

from hub.settings import load

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")


def test_its_settings_are_settings(tmp_path: Path) -> None:
    environ = dict(re.findall(r"(PAYAM_\w+)=(\S+)", TEXT))
    assert environ["PAYAM_DATA__DIRECTORY"] == "/data"
    file = tmp_path / "empty.toml"
    file.touch()
    settings = load(file, environ).settings
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8080)
    assert f"EXPOSE {settings.server.port}" in TEXT


def test_what_it_takes_from_the_checkout_is_there_and_not_left_out() -> None:
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for needed in ("requirements/runtime.txt", "Makefile", "pyproject.toml", "hub", "channels"):
        assert (ROOT / needed).exists()
        assert needed.partition("/")[0] not in left_out
    assert "make wheel" in TEXT
    assert re.search(r"^wheel:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    # Nothing of it runs as root.
    assert TEXT.index("USER payam") < TEXT.index("ENTRYPOINT")
