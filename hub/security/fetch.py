"""An HTTP client for addresses that a stranger, or an admin by mistake, may have chosen.

A customer's link or an outgoing webhook must not become a way into the network that the hub runs
in (server-side request forgery). So a name is resolved here, every address it has is judged, and
the connection goes to the judged address itself: a name that answers differently the second time
(DNS rebinding) gains nothing. The same holds for every redirect. Name and port in the Host header
and the name in TLS stay those of the URL, so certificates are checked as ever.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hub.security.addresses import Network, why_refused

if TYPE_CHECKING:
    import ssl

    import httpx

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to the addresses to try, in order. Raises OSError when there are none."""

_CONNECT_TIMEOUT_S = 5.0


class FetchError(Exception):
    """The request got no usable response. `permanent`: trying again later would not help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class AddressRefused(FetchError):
    """The URL, or one it redirects to, leads to an address that may not be reached."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response, read to its end. `url` is where it came from, after redirects."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is one of success (200–299)."""
        return 200 <= self.status < 300


class Fetcher:
    """Fetches from public addresses only. An async context manager; share one per purpose.

    allow: networks that may be reached although they are not public.
    max_bytes: the longest body that is read. timeout_s: for everything from the look-up of the
    name to the last byte, redirects included. max_redirects: 0 to hand a redirect to the caller,
    which is right where a header is a secret: a redirect takes all but Authorization along.
    No proxy of the environment is used, cookies are not kept, and connections not reused: a
    connection is bound to the name it was judged for.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        max_bytes: int = 5_000_000,
        timeout_s: float = 15.0,
        max_redirects: int = 5,
        user_agent: str = "Payam",
        resolve: Resolve | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        import httpx

        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._max_redirects = max_redirects
        self._client = httpx.AsyncClient(
            transport=_transport(tuple(allow), resolve or _resolve, verify),
            timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S)),
            follow_redirects=max_redirects > 0,
            max_redirects=max_redirects,
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            trust_env=False,
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch `url`. Raises as `request`."""
        return await self.request("GET", url, headers=headers)

    async def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
    ) -> Fetched:
        """Send one request and read the whole response, whatever its status.

        Raises:
            AddressRefused: it would have gone to an address that may not be reached.
            FetchError: no response, or none that is small and fast enough.
        """
        import httpx

        limit = self._max_bytes if max_bytes is None else max_bytes
        try:
            async with asyncio.timeout(self._timeout_s):
                request = self._client.build_request(method, url, content=content, headers=headers)
                response = await self._client.send(request, stream=True)
                try:
                    body = await _read(response, limit)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise FetchError(f"{_shown(url)} did not answer within {self._timeout_s:g} s") from None
        except httpx.TooManyRedirects:
            raise FetchError(
                f"{_shown(url)} redirects more than {self._max_redirects} times", permanent=True
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise FetchError(f"{_shown(url)} cannot be fetched: {error}", permanent=True) from None
        except httpx.HTTPError as error:
            raise FetchError(f"{_shown(url)} cannot be reached: {error!r}") from error
        return Fetched(str(response.url), response.status_code, response.headers, body)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


async def _read(response: httpx.Response, limit: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        # A compressed body can grow a thousandfold while a limit on what was sent sees nothing.
        raise FetchError(f"The response is compressed ({encoding}) though we did not ask for it")
    declared = response.headers.get("Content-Length", "")
    body = bytearray()
    if not (declared.isdigit() and int(declared) > limit):
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > limit:
                break
        else:
            return bytes(body)
    raise FetchError(f"The response is longer than {limit} bytes", permanent=True)


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)]


def _shown(url: str) -> str:
    """The URL as far as it may stand in a log: no password, path or query."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "The URL"
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    return f"{scheme}://{authority.rpartition('@')[2]}"[:120]


def _transport(
    allow: tuple[Network, ...], resolve: Resolve, verify: ssl.SSLContext | bool
) -> httpx.AsyncBaseTransport:
    import httpx

    class GuardedTransport(httpx.AsyncBaseTransport):
        """Judges where each request goes, redirects too, and pins it there."""

        def __init__(self) -> None:
            self._inner = httpx.AsyncHTTPTransport(
                verify=verify,
                trust_env=False,
                # Connections are pooled by address: one that was opened for a name must not
                # serve another name that happens to share the address.
                limits=httpx.Limits(max_keepalive_connections=0),
            )

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            url = request.url
            if url.scheme not in ("http", "https"):
                raise AddressRefused(f'"{url.scheme}" is not http or https')
            host = url.raw_host.decode("ascii").strip("[]")
            port = url.port or (443 if url.scheme == "https" else 80)
            addresses = await self._judged(host, port)
            extensions = {**request.extensions, "sni_hostname": host.rstrip(".")}
            for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
                pinned = httpx.Request(
                    request.method,
                    url.copy_with(host=address),
                    headers=request.headers,
                    stream=request.stream,
                    extensions=extensions,
                )
                try:
                    return await self._inner.handle_async_request(pinned)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    if not left:
                        raise
            raise FetchError(f"{host} has no address")

        async def _judged(self, host: str, port: int) -> Sequence[str]:
            try:
                addresses = await resolve(host, port)
            except (OSError, UnicodeError) as error:
                raise FetchError(f"{host} has no address: {error}") from error
            for address in addresses:
                # One address that is refused spoils the name: an answer that mixes public and
                # private addresses is not one to gamble on.
                if kind := why_refused(address, allow):
                    raise AddressRefused(f"{host} leads to {address}, which is {kind}")
            return addresses

        async def aclose(self) -> None:
            await self._inner.aclose()

    return GuardedTransport()
