"""The guarded HTTP client, against real servers on this machine."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.security.fetch import AddressRefused, Fetcher, FetchError

LOOPBACK = [ip_network("127.0.0.0/8")]
Answer = Callable[[str, dict[str, str], bytes], bytes]


class Server:
    """An HTTP/1.1 server that answers by a function and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, bytes] = {}
        self.stalls = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.stalls.set()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = first.split(" ")[1]
            self.requests.append((first, headers, body))
            writer.write(self.answers.get(path, respond(b"not found", status=404)))
            await writer.drain()
            if path == "/stall":
                await self.stalls.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def respond(body: bytes = b"", *, status: int = 200, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.stop()


def names(**known: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A name service of its own."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host not in known:
            raise OSError("no such name")
        return known[host]

    return resolve


async def test_a_page_is_fetched_with_name_and_port_of_its_url(server: Server) -> None:
    server.answers["/a?b=c"] = respond(b"hello", Content_Type="text/plain")
    async with Fetcher(allow=LOOPBACK, resolve=names(shop=["127.0.0.1"])) as fetcher:
        found = await fetcher.get(f"http://shop:{server.port}/a?b=c", headers={"X-Own": "1"})
    assert (found.status, found.ok, found.body) == (200, True, b"hello")
    assert found.url == f"http://shop:{server.port}/a?b=c"
    assert found.headers["content-type"] == "text/plain"
    [(first, headers, _)] = server.requests
    assert first == "GET /a?b=c HTTP/1.1"
    assert headers["host"] == f"shop:{server.port}"
    assert headers["x-own"] == "1"
    assert headers["user-agent"] == "Payam"


async def test_a_body_is_posted_and_an_error_status_is_an_answer(server: Server) -> None:
    server.answers["/hook"] = respond(b"broken", status=500)
    async with Fetcher(allow=LOOPBACK, max_redirects=0) as fetcher:
        found = await fetcher.request(
            "POST", f"http://127.0.0.1:{server.port}/hook", content=b'{"a": 1}'
        )
    assert (found.status, found.ok, found.body) == (500, False, b"broken")
    assert server.requests[0][2] == b'{"a": 1}'


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::1]:{port}/",
        "http://user:secret@127.0.0.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_no_spelling_of_an_inner_address_is_reached(server: Server, url: str) -> None:
    async with Fetcher() as fetcher:
        with pytest.raises(AddressRefused, match="leads to") as refusal:
            await fetcher.get(url.format(port=server.port))
    assert refusal.value.permanent
    assert "secret" not in str(refusal.value)
    assert server.requests == []


async def test_a_name_with_one_inner_address_is_refused_whole(server: Server) -> None:
    resolve = names(mixed=["93.184.216.34", "10.0.0.1"])
    async with Fetcher(resolve=resolve) as fetcher:
        with pytest.raises(AddressRefused, match=r"10\.0\.0\.1, which is private"):
            await fetcher.get(f"http://mixed:{server.port}/")


async def test_the_judged_address_is_the_one_connected_to(server: Server) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    server.answers["/"] = respond(b"pinned")
    async with Fetcher(allow=LOOPBACK, resolve=rebinding) as fetcher:
        found = await fetcher.get(f"http://rebinding.example:{server.port}/")
        assert (found.body, asked) == (b"pinned", ["rebinding.example"])
        with pytest.raises(AddressRefused):
            await fetcher.get(f"http://rebinding.example:{server.port}/")
    assert len(server.requests) == 1


async def test_every_redirect_is_judged(server: Server) -> None:
    resolve = names(shop=["127.0.0.1"], inner=["10.0.0.1"])
    server.answers["/out"] = respond(status=302, Location="http://inner/secret")
    server.answers["/file"] = respond(status=302, Location="file:///etc/passwd")
    server.answers["/on"] = respond(status=302, Location="/there")
    server.answers["/there"] = respond(b"arrived")
    async with Fetcher(allow=LOOPBACK, resolve=resolve) as fetcher:
        base = f"http://shop:{server.port}"
        with pytest.raises(AddressRefused, match="inner leads to"):
            await fetcher.get(f"{base}/out")
        with pytest.raises(FetchError) as refusal:
            await fetcher.get(f"{base}/file")
        assert refusal.value.permanent
        found = await fetcher.get(f"{base}/on")
    assert (found.body, found.url) == (b"arrived", f"{base}/there")


async def test_redirects_end(server: Server) -> None:
    server.answers["/loop"] = respond(status=302, Location="/loop")
    url = f"http://127.0.0.1:{server.port}/loop"
    async with Fetcher(allow=LOOPBACK, max_redirects=3) as fetcher:
        with pytest.raises(FetchError, match="more than 3 times"):
            await fetcher.get(url)
    assert len(server.requests) == 4
    async with Fetcher(allow=LOOPBACK, max_redirects=0) as fetcher:
        assert (await fetcher.get(url)).status == 302


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_long_is_not_read_on(server: Server, declared: bool) -> None:
    body = b"x" * 1_000_000
    server.answers["/long"] = (
        respond(body) if declared else b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
    )
    url = f"http://127.0.0.1:{server.port}/long"
    async with Fetcher(allow=LOOPBACK, max_bytes=1_000) as fetcher:
        with pytest.raises(FetchError, match="longer than 1000 bytes"):
            await fetcher.get(url)
        assert len((await fetcher.request("GET", url, max_bytes=1_000_000)).body) == 1_000_000


async def test_a_compressed_body_is_not_unpacked(server: Server) -> None:
    server.answers["/bomb"] = respond(b"\x1f\x8b...", Content_Encoding="gzip")
    async with Fetcher(allow=LOOPBACK) as fetcher:
        with pytest.raises(FetchError, match=r"compressed \(gzip\)"):
            await fetcher.get(f"http://127.0.0.1:{server.port}/bomb")
    assert server.requests[0][1]["accept-encoding"] == "identity"


async def test_a_server_that_stalls_is_given_up(server: Server) -> None:
    server.answers["/stall"] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"
    async with Fetcher(allow=LOOPBACK, timeout_s=0.2) as fetcher:
        with pytest.raises(FetchError, match=r"did not answer within 0\.2 s") as failure:
            await fetcher.get(f"http://127.0.0.1:{server.port}/stall")
    assert not failure.value.permanent


async def test_the_next_address_is_tried_when_one_does_not_answer(server: Server) -> None:
    server.answers["/"] = respond(b"second")
    # Nothing listens on the first: the server's port is bound on 127.0.0.1 alone.
    resolve = names(shop=["127.0.0.2", "127.0.0.1"])
    async with Fetcher(allow=LOOPBACK, resolve=resolve) as fetcher:
        found = await fetcher.request("POST", f"http://shop:{server.port}/", content=b"body")
    assert found.body == b"second"
    assert server.requests[0][2] == b"body"


async def test_nothing_listening_and_no_such_name_are_failures_that_may_pass(
    server: Server,
) -> None:
    resolve = names(shop=["127.0.0.2"], empty=[])
    async with Fetcher(allow=LOOPBACK, resolve=resolve) as fetcher:
        for host in ("shop", "empty", "unknown"):
            with pytest.raises(FetchError) as failure:
                await fetcher.get(f"http://{host}:{server.port}/private?token=secret")
            assert not failure.value.permanent
            assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    "url",
    ["", "shop", "ftp://shop/", "file:///etc/passwd", "http://", "http://a b/", "gopher://x/",
     "http://shop:99999/", "http://\ud800/", "http://shop/\x00", "javascript:alert(1)"],
)  # fmt: skip
async def test_what_is_no_http_address_is_refused(url: str) -> None:
    async with Fetcher(allow=LOOPBACK, resolve=names()) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(url)


async def test_cookies_are_not_kept(server: Server) -> None:
    server.answers["/"] = respond(b"", Set_Cookie="a=b")
    async with Fetcher(allow=LOOPBACK) as fetcher:
        await fetcher.get(f"http://127.0.0.1:{server.port}/")
        await fetcher.get(f"http://127.0.0.1:{server.port}/")
    assert "cookie" not in server.requests[1][1]


async def test_a_proxy_of_the_environment_is_not_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.answers["/"] = respond(b"direct")
    async with Fetcher(allow=LOOPBACK) as fetcher:
        assert (await fetcher.get(f"http://127.0.0.1:{server.port}/")).body == b"direct"


def certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context around a certificate for one name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(pem))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    asking = ssl.create_default_context(cadata=made.public_bytes(pem).decode())
    return serving, asking


async def test_the_certificate_is_that_of_the_name_not_of_the_address(tmp_path: Path) -> None:
    serving, asking = certificate(tmp_path, "shop.example")
    seen: list[str | None] = []
    serving.sni_callback = lambda _, name, __: seen.append(name)
    server = Server()
    await server.start(serving)
    server.answers["/"] = respond(b"private")
    resolve = names(**{"shop.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
    try:
        async with Fetcher(allow=LOOPBACK, resolve=resolve, verify=asking) as fetcher:
            found = await fetcher.get(f"https://shop.example:{server.port}/")
            assert (found.body, seen) == (b"private", ["shop.example"])
            with pytest.raises(FetchError, match="certificate verify failed"):
                await fetcher.get(f"https://other.example:{server.port}/")
    finally:
        await server.stop()
