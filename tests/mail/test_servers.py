"""The mail servers of the tests as a process of their own, as the crash tests may start them."""

from __future__ import annotations

import imaplib
import json
import signal
import socket
import subprocess
import sys

import pytest


def test_they_tell_where_they_are_and_leave_nothing_running() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail_servers", "--boxes", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        [box] = told["boxes"]
        with imaplib.IMAP4("127.0.0.1", told["ports"]["imap"]) as client:
            assert client.login(box["address"], box["password"])[0] == "OK"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    for port in told["ports"].values():
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port))
