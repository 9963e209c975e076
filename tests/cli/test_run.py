"""`payam run`: it serves, it ends in order, it runs once."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.cli.payam import free_port, healthy, payam, running, sign_in

CHAT = '[channels.chat]\nkind = "webchat"\n'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends_at_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "payam.toml").write_text(CHAT)
    port = free_port()
    with running(tmp_path, "run", PAYAM_SERVER__PORT=str(port)) as hub:
        hub.wait_for("listening on")
        url = f"http://127.0.0.1:{port}"
        assert healthy(url)["accounts"] == {"connected": 1, "failing": 0}
        assert httpx.get(f"{url}/c/chat/demo").status_code == 200
        signed_out = httpx.get(url, follow_redirects=True)
        assert signed_out.status_code == 200
        assert 'type="password"' in signed_out.text
        # Somebody who stays connected does not keep it from ending.
        with socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert hub.stop(number) == 0, hub.said
        assert "Traceback" not in hub.said
        assert "ERROR" not in hub.said
    # What SQLite keeps beside the file while it is open is gone when it was closed in order.
    assert not (tmp_path / "payam-data" / "payam.sqlite-wal").exists()


def test_the_port_can_be_left_to_the_system(tmp_path: Path) -> None:
    with running(tmp_path, "run", PAYAM_SERVER__PORT="0") as hub:
        said = hub.wait_for("listening on http://127.0.0.1:")
        url = said.split("listening on ")[1].split()[0]
        assert not url.endswith(":0")
        healthy(url)
        assert hub.stop() == 0


def test_a_second_one_on_the_same_data_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, "run", PAYAM_SERVER__PORT=str(port)) as hub:
        hub.wait_for("listening on")
        second = payam(tmp_path, "run", PAYAM_SERVER__PORT="0")
        assert second.returncode == 1
        assert "payam: another Payam runs on payam-data; stop it first" in second.stderr
        assert "Traceback" not in second.stderr
        (tmp_path / "elsewhere").mkdir()
        taken = payam(tmp_path / "elsewhere", "run", PAYAM_SERVER__PORT=str(port))
        assert taken.returncode == 1
        assert f"payam: the address 127.0.0.1:{port} is in use" in taken.stderr
        assert not (tmp_path / "elsewhere" / "payam-data").exists()
        healthy(f"http://127.0.0.1:{port}")
        assert hub.stop() == 0


def test_a_killed_one_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path, "run", PAYAM_SERVER__PORT="0") as hub:
            hub.wait_for("listening on")
            assert hub.stop(signal.SIGKILL) == -signal.SIGKILL


def test_parts_apart_need_postgresql(tmp_path: Path) -> None:
    result = payam(tmp_path, "run", "--only", "web", PAYAM_SERVER__PORT="0")
    assert result.returncode == 1
    assert "set database.url to a PostgreSQL address to run the parts apart" in result.stderr


def test_an_address_of_another_machine_is_said(tmp_path: Path) -> None:
    result = payam(tmp_path, "run", PAYAM_SERVER__HOST="192.0.2.1")
    assert result.returncode == 1
    assert "payam: can not listen on 192.0.2.1:8080" in result.stderr
    assert "Set server.host to an address of this machine." in result.stderr


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    url = f"postgresql://payam@127.0.0.1:{free_port()}/none"
    result = payam(tmp_path, "run", PAYAM_DATABASE__URL=url, PAYAM_SERVER__PORT="0")
    assert result.returncode == 1
    assert "payam: the database does not answer as it should" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_user_added_meanwhile_signs_in(tmp_path: Path) -> None:
    with running(tmp_path, "run", PAYAM_SERVER__PORT="0") as hub:
        said = hub.wait_for("listening on http://127.0.0.1:")
        url = said.split("listening on ")[1].split()[0]
        added = payam(tmp_path, "user", "add", "sara@example.com", "--role", "owner")
        assert added.returncode == 0, added.stderr
        password = added.stdout.split("password: ")[1].strip()
        with sign_in(url, "sara@example.com", password) as browser:
            assert browser.get("/").status_code == 200
        assert hub.stop() == 0
