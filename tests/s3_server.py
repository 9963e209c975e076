"""An S3 server on this machine, over real HTTP.

Moto's server keeps the documented behaviour of the API (parts, listing by pages, error codes).
What it does not do is to check signatures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from moto.server import ThreadedMotoServer


@dataclass(frozen=True)
class S3Server:
    """A server with one empty bucket."""

    url: str
    bucket: str = "payam-files"

    def settings(self, prefix: str = "") -> str:
        """The lines of the settings file that keep files here."""
        return "\n".join(
            (
                f'attachments.store = "s3://{self.bucket}{prefix}"',
                f'attachments.s3.endpoint = "{self.url}"',
                'attachments.s3.access_key = "key-of-tests"',
                'attachments.s3.secret_key = "secret-of-tests"',
            )
        )

    def objects(self) -> str:
        """What the bucket lists, as the API's XML."""
        return httpx.get(f"{self.url}/{self.bucket}?list-type=2").text


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server that runs inside the block, on a port of its own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        found = S3Server(f"http://{host}:{port}")
        httpx.post(f"{found.url}/moto-api/reset").raise_for_status()
        httpx.put(f"{found.url}/{found.bucket}").raise_for_status()
        yield found
    finally:
        server.stop()
