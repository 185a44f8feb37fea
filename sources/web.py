"""Reads pictures over https only; every redirect and every resolved IP address is checked."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from sources.address import Address, parse_address
from sources.allowlist import AllowList
from sources.errors import (
    InvalidAddress,
    NotAllowed,
    PictureNotFound,
    SourceBroken,
    SourceDenied,
    SourceUnavailable,
    TooManyBytes,
)
from sources.networks import is_ip_address, refusal

MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_GONE: Final = (404, 410)
_DENIED: Final = (401, 402, 403, 407, 451)
# Identity encoding: a compressed body could unpack to more than the limit.
_HEADERS: Final = {"accept": "image/*, */*;q=0.5", "accept-encoding": "identity", "user-agent": "lienzo"}


class WebReader:
    """Reads pictures over https, in one event loop.

    Proxies, cookies and `.netrc` are ignored, so that only hosts of the allow-list are connected to.
    """

    def __init__(self, allowed: AllowList, at_once: int) -> None:
        """Prepares a session without connecting; must be called in the loop that it is used in.

        Certificates are verified against the system's authorities, or those of SSL_CERT_FILE.
        """
        self._allowed = allowed
        connector = aiohttp.TCPConnector(
            limit=at_once,
            resolver=_CheckedResolver(allowed),
            use_dns_cache=False,  # every connection resolves and checks anew
            ssl=ssl.create_default_context(),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            headers=_HEADERS,
        )

    async def read(self, address: Address, max_bytes: int) -> bytes:
        """Reads the bytes at an allowed address; redirects are followed when they are allowed too.

        Raises:
            SourceError: By its class; TooManyBytes as soon as the limit is exceeded.
        """
        uri, hop = str(address), address
        for _ in range(MAX_REDIRECTS + 1):
            try:
                async with self._request(hop) as answer:
                    if answer.status not in _REDIRECTS:
                        return await _body(uri, answer, max_bytes)
                    hop = self._next(uri, hop, answer.headers.get("location", ""))
            except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
                raise SourceBroken(uri, "the connection ended before the picture did") from error
            except (aiohttp.ClientError, OSError) as error:
                raise SourceUnavailable(uri, f"{hop.host}: {_connection_problem(error)}") from error
        raise SourceUnavailable(uri, f"more than {MAX_REDIRECTS} redirects")

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    def _request(self, hop: Address) -> Any:
        if is_ip_address(hop.host):  # the resolver never sees these
            _check_machine(self._allowed, hop, hop.host)
        return self._session.get(URL(str(hop), encoded=True), allow_redirects=False)

    def _next(self, uri: str, hop: Address, location: str) -> Address:
        try:
            found = parse_address(urljoin(str(hop), location)) if location else None
        except InvalidAddress as error:
            problem = f"it redirects to an address that cannot be read: {error.details['problem']}"
            raise NotAllowed(uri, problem) from error
        if found is None:
            raise SourceUnavailable(uri, "it redirects without naming an address")
        if found.scheme != "https":
            raise NotAllowed(uri, f"it redirects to {found.scheme}://")
        try:
            self._allowed.check(found)
        except NotAllowed as error:
            raise NotAllowed(uri, f"it redirects to https://{found.authority}") from error
        return found


class _CheckedResolver(AbstractResolver):
    """Resolves a name only when every one of its IP addresses may be connected to.

    The connection goes to the addresses that were checked, so that a name that resolves differently the next
    time (DNS rebinding) gains nothing.
    """

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed
        self._resolver: ThreadedResolver | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self._resolver = self._resolver or ThreadedResolver()
        found = await self._resolver.resolve(host, port, family)
        address = parse_address(f"https://{host}:{port}/")
        for each in found:
            _check_machine(self._allowed, address, each["host"])
        return found

    async def close(self) -> None:
        if self._resolver is not None:
            await self._resolver.close()


def _check_machine(allowed: AllowList, address: Address, ip_address: str) -> None:
    if allowed.everything:
        return
    problem = refusal(ip_address, address.host, named=allowed.names_host(address))
    if problem:
        raise NotAllowed(str(address), problem)


async def _body(uri: str, answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if answer.status in _GONE:
        raise PictureNotFound(uri)
    if answer.status in _DENIED:
        raise SourceDenied(uri, f"the server answers {answer.status}")
    if answer.status != 200:
        raise SourceUnavailable(uri, f"the server answers {answer.status}")
    if (answer.content_length or 0) > max_bytes:
        raise TooManyBytes(uri, max_bytes)
    data = bytearray()
    async for chunk in answer.content.iter_any():
        data += chunk
        if len(data) > max_bytes:
            raise TooManyBytes(uri, max_bytes)
    return bytes(data)


def _connection_problem(error: Exception) -> str:
    """Describes a connection error in our own words instead of the library's."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "its certificate is not trusted, or it does not speak TLS"
        case aiohttp.ClientConnectorDNSError():
            return "no such host"
        case aiohttp.ClientConnectorError() | OSError():
            return (getattr(error, "strerror", None) or "the connection failed").lower()
    return "its answer is not valid HTTP"
