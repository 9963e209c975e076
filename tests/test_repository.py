"""What must be true of the repository itself: no addresses, pinned files, a wheel that runs."""

import ast
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "hub" / "web" / "assets"

# Written in two halves, so that this file passes its own test.
REGISTRIES = [
    f"{name}.{domain}"
    for name, domain in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
        ("crates", "io"),
        ("golang", "org"),
    ]
]


def tracked() -> list[Path]:
    """Every tracked file that is still there."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def pins(name: str) -> dict[str, str]:
    """Distribution name to pinned version, of one requirements file; every one has a hash."""
    found: dict[str, str] = {}
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", line)
        assert pin, f"{name}: not pinned: {line}"
        assert "--hash=sha256:" in line, f"{name}: no hash: {line}"
        found[canonicalize_name(pin[1])] = pin[2]
    return found


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


# --- addresses and pins -------------------------------------------------------------------------


def test_no_tracked_file_names_a_package_registry() -> None:
    offenders = []
    for path in tracked():
        content = path.read_bytes().decode("utf-8", "replace")
        offenders += [f"{path}: {host}" for host in REGISTRIES if host in content]
    assert not offenders


def test_front_end_lock_holds_integrity_and_no_address() -> None:
    lock = json.loads((ASSETS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert (ASSETS / ".npmrc").read_text() == "omit-lockfile-registry-resolved=true\n"


def test_front_end_packages_are_pinned_exactly() -> None:
    package = json.loads((ASSETS / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    assert [v for v in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "uv.txt", "node.txt"])
def test_every_requirement_is_pinned_with_a_hash(name: str) -> None:
    assert pins(name)
    assert "index-url" not in (ROOT / "requirements" / name).read_text()


def test_requirements_are_those_of_the_project() -> None:
    configuration = project()
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    declared = [Requirement(line) for line in configuration["project"]["dependencies"]]
    tools = [Requirement(line) for line in configuration["dependency-groups"]["dev"]]
    for requirement in declared:
        version = runtime.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in runtime.txt; run `make lock`"
        assert version in requirement.specifier, f"{requirement}: {version}; run `make lock`"
    for requirement in [*declared, *tools]:
        version = dev.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in dev.txt; run `make lock`"
    assert {name: dev.get(name) for name in runtime} == runtime


# --- rules that the syntax tree can tell --------------------------------------------------------


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in tracked():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in {"hub", "channels"}:
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_no_module_is_a_bag() -> None:
    bags = {"utils", "util", "helpers", "helper", "misc", "common", "extras"}
    assert [str(path) for path, _ in modules() if bags & {path.stem, *path.parts}] == []


def test_nobody_commits_but_the_store() -> None:
    offenders = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if path.parts[:2] != ("hub", "store")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
    ]
    assert offenders == []


def test_every_package_says_that_it_is_one() -> None:
    """Without `__init__.py`, import-linter and mypy pass a folder over in silence."""
    folders = {path.parent for path, _ in modules()}
    assert [
        str(path) for path in sorted(folders) if not (ROOT / path / "__init__.py").is_file()
    ] == []


def test_every_module_of_the_hub_has_its_layer() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    placed = set(re.findall(r"hub\.\w+", " ".join(contracts[0]["layers"])))
    found = {
        f"hub.{path.parts[1].removesuffix('.py')}"
        for path, _ in modules()
        if path.parts[0] == "hub"
    }
    assert found - placed - {"hub.__init__"} == set()


# --- a foreign package of the name `channels` ---------------------------------------------------


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


REFUSE = "from hub.shipped import refuse_foreign_channels; refuse_foreign_channels()"


def test_own_channels_are_accepted(tmp_path: Path) -> None:
    result = run(sys.executable, "-c", REFUSE, cwd=tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "door", [("-c", REFUSE), ("-m", "hub", "--version")], ids=["function", "command"]
)
def test_foreign_channels_are_refused(tmp_path: Path, door: tuple[str, ...]) -> None:
    foreign = tmp_path / "site" / "channels"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text('"""Somebody else\'s."""\n')
    environment = os.environ | {"PYTHONPATH": str(foreign.parent)}
    result = run(sys.executable, *door, cwd=tmp_path, env=environment)
    assert result.returncode != 0
    assert str(foreign) in result.stderr
    assert "environment of its own" in result.stderr


# --- the wheel ----------------------------------------------------------------------------------


def build_wheel(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    return run(
        *(sys.executable, "-m", "uv", "build", "--python", sys.executable),
        *("--no-build-isolation", "--wheel", "--out-dir", target, source),
        cwd=source,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
    )


def copy_checkout(target: Path) -> Path:
    for path in tracked():
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    return target


def test_wheel_is_refused_without_the_front_end(tmp_path: Path) -> None:
    result = build_wheel(copy_checkout(tmp_path / "checkout"), tmp_path)
    assert result.returncode != 0
    assert "make setup" in result.stderr
    assert list(tmp_path.glob("*.whl")) == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but Payam's wheel and what it requires; its bin directory."""
    place = tmp_path_factory.mktemp("wheel")
    checkout = copy_checkout(place / "checkout")
    shutil.copytree(ROOT / "hub" / "_built", checkout / "hub" / "_built")
    for catalogue in (ROOT / "hub" / "locale").rglob("*.mo"):
        shutil.copy2(catalogue, checkout / catalogue.relative_to(ROOT))
    built = build_wheel(checkout, place)
    assert built.returncode == 0, built.stderr
    (wheel,) = place.glob("*.whl")

    made = run(sys.executable, "-m", "venv", place / "venv", cwd=place)
    assert made.returncode == 0, made.stderr
    python = place / "venv" / "bin" / "python"
    required = run(
        *(sys.executable, "-m", "uv", "pip", "install", "--python", python, "--require-hashes"),
        *("-r", ROOT / "requirements" / "runtime.txt"),
        cwd=place,
    )
    assert required.returncode == 0, required.stderr
    # Whatever the wheel requires and runtime.txt does not hold fails here: pip may look nowhere.
    result = run(python, "-m", "pip", "install", "--no-index", wheel, cwd=place)
    assert result.returncode == 0, result.stderr
    shutil.rmtree(checkout)
    return python.parent


def bare(binaries: Path) -> dict[str, str]:
    """An environment as a server has it: no Node, no Python path, no settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PAYAM_"))}
    return kept | {"PATH": str(binaries)}


def test_wheel_holds_what_ships(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json; from hub.shipped import in_checkout, shipped\n"
        "assert not in_checkout()\n"
        "assets = shipped('assets')\n"
        "for name in json.loads((assets / 'manifest.json').read_text()).values():\n"
        "    assert (assets / name).is_file(), name\n"
        "assert (assets / 'LICENSES.txt').is_file()\n"
        "assert any(shipped('templates').rglob('*.html'))\n"
        "assert (shipped('config') / 'payam.toml').is_file()\n"
    )
    result = run(installed / "python", "-c", code, cwd=tmp_path, env=bare(installed))
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("command", [("--version",), ("--help",), ("check",)], ids=" ".join)
def test_wheel_runs_from_an_empty_directory_without_node(
    installed: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = run(installed / "payam", *command, cwd=tmp_path, env=bare(installed))
    assert result.returncode == 0, result.stdout + result.stderr


def test_wheel_serves_from_an_empty_directory_without_node(installed: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    hub = subprocess.Popen(
        [installed / "payam", "run"],
        cwd=tmp_path,
        env=bare(installed) | {"PAYAM_SERVER__PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    answers: dict[str, int] = {}
    try:
        for _ in range(300):
            if hub.poll() is not None or answers.get("/healthz") == 200:
                break
            time.sleep(0.2)
            with contextlib.suppress(httpx.TransportError):
                answers["/healthz"] = httpx.get(f"http://127.0.0.1:{port}/healthz").status_code
        if answers:
            page = httpx.get(f"http://127.0.0.1:{port}/", follow_redirects=True)
            answers["/"] = page.status_code
            for asset in set(re.findall(r'/assets/[^"\'#?\s]+', page.text)):
                answers[asset] = httpx.get(f"http://127.0.0.1:{port}{asset}").status_code
    finally:
        hub.terminate()
        said, _ = hub.communicate(timeout=60)
    assert answers.get("/healthz") == 200, said
    assert len(answers) > 2, "the first page names no built file"
    assert set(answers.values()) == {200}, f"{answers}\n{said}"
    assert hub.returncode in (0, -signal.SIGTERM), said
