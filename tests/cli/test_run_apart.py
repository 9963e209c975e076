"""`payam run --only …`: the parts as processes of their own on one PostgreSQL."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.cli.payam import PATIENCE, healthy, payam, running
from tests.postgres import Cluster

CHAT = '[channels.chat]\nkind = "webchat"\n[channels.people]\nkind = "memory"\n'


def frame(socket: ClientConnection, kind: str) -> dict[str, object]:
    """The next frame of this kind."""
    while True:
        found: dict[str, object] = json.loads(socket.recv(PATIENCE))
        assert found["type"] != "error", found
        if found["type"] == kind:
            return found


@pytest.mark.long
def test_an_old_schema_is_refused_and_the_command_named(tmp_path: Path, cluster: Cluster) -> None:
    with cluster.database("template1") as url:
        place = {"PAYAM_DATABASE__URL": url, "PAYAM_SERVER__PORT": "0"}
        refused = payam(tmp_path, "run", **place)
        assert refused.returncode == 1
        assert refused.stderr.strip().endswith("run: payam db upgrade")
        checked = payam(tmp_path, "check", **place)
        assert checked.returncode == 1
        assert "run: payam db upgrade" in checked.stdout
        upgraded = payam(tmp_path, "db", "upgrade", **place)
        assert upgraded.returncode == 0, upgraded.stderr
        assert "was brought from empty to revision" in upgraded.stdout
        assert payam(tmp_path, "check", **place).returncode == 0
        with running(tmp_path, "run", **place) as hub:
            hub.wait_for("listening on")
            assert hub.stop() == 0
        assert payam(tmp_path, "check", **place).returncode == 0
        # Another machine needs the same key, and does not make one of its own.
        elsewhere = payam(tmp_path, "run", **place, PAYAM_DATA__DIRECTORY="elsewhere")
        assert elsewhere.returncode == 1
        assert "elsewhere/key is missing" in elsewhere.stderr


def test_three_processes_answer_a_visitor_together(tmp_path: Path, cluster: Cluster) -> None:
    (tmp_path / "payam.toml").write_text(CHAT)
    with cluster.database() as url:
        place = {"PAYAM_DATABASE__URL": url, "PAYAM_SERVER__PORT": "0"}
        with (
            running(tmp_path, "run", "--only", "web", **place) as web,
            running(tmp_path, "run", "--only", "worker", **place) as worker,
            running(tmp_path, "run", "--only", "channels", **place) as channels,
        ):
            found = re.search(r"listening on http://(\S+)", web.wait_for("listening on"))
            assert found
            worker.wait_for("running: worker")
            channels.wait_for("running: channels")
            healthy(f"http://{found[1]}")
            with connect(f"ws://{found[1]}/c/chat/socket") as socket:
                socket.send(json.dumps({"type": "hello", "v": 1, "locale": "en"}))
                assert frame(socket, "welcome")["fresh"]
                act = {"type": "send", "client_id": str(uuid4()), "text": "Is it blue?"}
                socket.send(json.dumps(act))
                assert frame(socket, "ack")["client_id"] == act["client_id"]
                # The web process stores the message, the worker greets after a pause.
                while "thank you for writing" not in json.dumps(frame(socket, "history")):
                    pass
                assert web.stop() == 0
            assert worker.stop() == 0
            assert channels.stop() == 0
        for process in (web, worker, channels):
            assert "Traceback" not in process.said
