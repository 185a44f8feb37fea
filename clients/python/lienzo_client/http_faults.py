"""Converts httpx's exceptions to those of this package."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx

from lienzo_client import faults
from lienzo_client.errors import LienzoError
from lienzo_client.reasons import (
    CONNECTION_LOST,
    CONNECTION_REFUSED,
    NAME_NOT_RESOLVED,
    NOT_A_GATEWAY,
    TLS_FAILED,
    UNREACHABLE,
    Reason,
)

_NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH)
# Words in httpx's messages about a connection that was closed too early; with others it is not HTTP.
_LOST = ("disconnected", "peer closed")
_PERHAPS_TLS = "it closes the connection at once; perhaps it speaks TLS: https://"


def from_http_error(error: httpx.HTTPError, target: str, *, plain_text: bool = False) -> LienzoError:
    """Makes the exception for a call that got no response, or only a part of one.

    Args:
        error: What httpx raised.
        target: The target of the call, for the message.
        plain_text: Whether the call went without TLS to a target that has never answered.
    """
    reason, problem = _problem(error, plain_text)
    return reason.error(f"{target} does not answer ({problem}).", {"target": target, "problem": problem})


def _problem(error: httpx.HTTPError, plain_text: bool) -> tuple[Reason, str]:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            return TLS_FAILED, _tls_problem(cause)
        if isinstance(cause, socket.gaierror):
            return NAME_NOT_RESOLVED, faults.NO_SUCH_HOST
        if isinstance(cause, ConnectionRefusedError):
            return CONNECTION_REFUSED, faults.REFUSED
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return UNREACHABLE, faults.NO_ROUTE
    if isinstance(error, httpx.ProxyError):
        return UNREACHABLE, f"the proxy refuses: {error}"
    if isinstance(error, httpx.RemoteProtocolError) and not any(each in str(error) for each in _LOST):
        return NOT_A_GATEWAY, "something other than HTTP listens there"
    if isinstance(error, httpx.DecodingError):
        return NOT_A_GATEWAY, "its answer cannot be unpacked"
    return CONNECTION_LOST, _PERHAPS_TLS if plain_text else faults.LOST


def _tls_problem(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if "mismatch" in error.verify_message or "not valid for" in error.verify_message:
            return faults.CERTIFICATE_OF_ANOTHER
        if "expired" in error.verify_message:
            return faults.CERTIFICATE_EXPIRED
        if "not yet valid" in error.verify_message:
            return faults.CERTIFICATE_TOO_NEW
        return faults.CERTIFICATE_UNTRUSTED
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return faults.NOT_TLS
    return faults.NO_HANDSHAKE


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an exception and all its causes; one connection may have tried several addresses."""
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop(0)
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        led_here = each.__cause__ or each.__context__
        if led_here is not None:
            waiting.append(led_here)
