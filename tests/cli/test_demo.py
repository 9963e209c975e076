"""`payam demo`: something to look at, at once, and the same at the next start."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import httpx

from tests.cli.payam import Running, healthy, payam, running, sign_in


def introduced(demo: Running) -> tuple[str, str, str]:
    """The address, the admin's mail and the password that the demo prints."""
    said = demo.wait_for("Ctrl+C ends it.")
    found = re.search(r"Inbox +(\S+)\s+sign in +(\S+)\s+password +(\S+)", said)
    assert found, said
    return found[1], found[2], found[3]


def test_the_demo_shows_sample_data_and_goes_on_with_them(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--port", "0") as demo:
        url, mail, password = introduced(demo)
        assert healthy(url)["accounts"] == {"connected": 3, "failing": 0}
        shop = httpx.get(f"{url}/c/chat/demo")
        assert shop.status_code == 200
        widget = re.search(r'src="([^"]*widget\.js[^"]*)"', shop.text)
        assert widget, shop.text
        assert httpx.get(httpx.URL(f"{url}/c/chat/demo").join(widget[1])).status_code == 200
        with sign_in(url, mail, password) as browser:
            inbox = browser.get("/").text
            assert "Sample Customer 3" in inbox
            assert "مشتری نمونه ۲" in inbox
            thread = re.search(r'href="(/conversations/[0-9a-f-]+)', inbox)
            assert thread
            assert browser.get(thread[1]).status_code == 200
        second = payam(tmp_path, "demo", "--port", "0")
        assert second.returncode == 1
        assert "payam: another Payam runs on payam-demo" in second.stderr
        assert demo.stop() == 0
        assert "Traceback" not in demo.said
    before = conversations(tmp_path / "payam-demo")
    with running(tmp_path, "demo", "--port", "0") as demo:
        assert introduced(demo)[1:] == (mail, password)
        assert demo.stop() == 0
    assert conversations(tmp_path / "payam-demo") == before
    assert len(before) > 10


def conversations(folder: Path) -> list[tuple[object, ...]]:
    """Number, status, channels and what did not arrive, of every conversation."""
    connection = sqlite3.connect(folder / "payam.sqlite")
    try:
        query = "SELECT number, status, channels, undelivered FROM conversation ORDER BY number"
        found = connection.execute(query).fetchall()
    finally:
        connection.close()
    assert all(row[3] == 0 for row in found)
    assert any("webchat" in row[2] and "mail" in row[2] for row in found)
    return found


def test_a_temporary_demo_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    place = str(tmp_path / "temporary")
    with running(tmp_path, "demo", "--temporary", "--port", "0", TMPDIR=place) as demo:
        introduced(demo)
        assert demo.stop() == 0
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "payam-demo").exists()


def test_the_demo_stays_away_from_real_data(tmp_path: Path) -> None:
    real = tmp_path / "payam-data"
    real.mkdir()
    (real / "payam.sqlite").touch()
    refused = payam(tmp_path, "demo", "--data", "payam-data")
    assert refused.returncode == 1
    assert refused.stderr.startswith("payam: payam-data exists and holds no demo")
    # What is set for a real hub is not the demo's.
    with running(
        tmp_path,
        "demo",
        "--port",
        "0",
        PAYAM_DATABASE__URL="postgresql://payam@127.0.0.1:1/real",
        PAYAM_DATA__DIRECTORY=str(real),
        PAYAM_KEY="not a key",
    ) as demo:
        introduced(demo)
        assert demo.stop() == 0
    assert [path.name for path in real.iterdir()] == ["payam.sqlite"]
    assert [path.name for path in tmp_path.glob(".payam-demo*")] == []
