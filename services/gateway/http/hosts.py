"""Protects a gateway without keys from web pages in browsers on the same machine.

Such a gateway listens on loopback and trusts every caller. A page from anywhere can call it, too: by a name
of its own that resolves to 127.0.0.1 (DNS rebinding), or by sending forms to 127.0.0.1 without reading the
answer. The header `host` gives away the first, `sec-fetch-site` or `origin` the second.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.configuration.settings import is_loopback
from runtime.reasons.reason import refused
from runtime.reasons.requests import HOST_NOT_ALLOWED, ORIGIN_NOT_ALLOWED
from runtime.status import StatusError
from services.gateway.http.refusals import refuse
from services.gateway.settings import GatewaySettings

EVERY: Final = "*"
_READING: Final = {"GET", "HEAD", "OPTIONS"}


class KnownHosts:
    """ASGI middleware that refuses requests for other hosts, and those that pages of other origins send."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        """Reads the settings; without `allowed_hosts` hosts are refused only on loopback without keys."""
        self._app = app
        open_to_all = not settings.credentials().required
        self._hosts = settings.hosts or ([] if open_to_all and is_loopback(settings.host) else [EVERY])
        self._origins = [EVERY] if not open_to_all or EVERY in self._hosts else settings.origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        error = self._refusal(scope) if scope["type"] == "http" else None
        if error is None:
            await self._app(scope, receive, send)
        else:
            await refuse(scope, error)(scope, receive, send)

    def _refusal(self, scope: Scope) -> StatusError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not is_known_host(host, self._hosts):
            return refused(HOST_NOT_ALLOWED, host=_name_of(host))
        if scope["method"] not in _READING and not is_known_origin(headers, self._origins):
            return refused(ORIGIN_NOT_ALLOWED, origin=headers.get("origin", "another site"))
        return None


def is_known_host(host: str, allowed: Collection[str]) -> bool:
    """Tells whether a request for a host may be answered.

    IP addresses and names without a dot are always known: no page can have one of them as its own name.

    Args:
        host: The header `host`; empty where there is none, as browsers always send it.
        allowed: Names, `*.name` for all below one, `*` for all.

    >>> [is_known_host(each, ()) for each in ("127.0.0.1:8080", "[::1]", "localhost:80", "evil.example:80")]
    [True, True, True, False]
    >>> [is_known_host("A.Museum.Example.", [each]) for each in ("museum.example", "*.museum.example")]
    [False, True]
    """
    name = _name_of(host)
    if not name or EVERY in allowed or "." not in name or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return any(_covers(each.lower(), name) for each in allowed)
    return True


def is_known_origin(headers: Headers, allowed: Collection[str]) -> bool:
    """Tells whether a request was sent by our own page, by a page of an allowed origin, or by no page.

    Args:
        headers: Of the request.
        allowed: Origins such as `https://museum.example`; `*` for all.
    """
    origin = headers.get("origin", "")
    if EVERY in allowed or origin in allowed:
        return True
    site = headers.get("sec-fetch-site")  # also right behind a proxy, which may change the host
    if site is not None:
        return site in ("same-origin", "none")
    return not origin or urlsplit(origin).netloc == headers.get("host", "")


def _name_of(host: str) -> str:
    name = host.strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0].removesuffix(".")
    return name


def _covers(allowed: str, name: str) -> bool:
    return name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed
