"""The Connect protocol, which goes over HTTP/1.1: headers, envelopes and errors. No sockets.

Specification: https://connectrpc.com/docs/protocol
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2

from lienzo_client.errors import LienzoError, error_class
from lienzo_client.faults import DOMAIN, REQUEST_ID_KEY, picture_too_large
from lienzo_client.metadata import Pairs
from lienzo_client.reasons import CONNECTION_LOST, NOT_A_GATEWAY

UNARY_TYPE: Final = "application/proto"
STREAM_TYPE: Final = "application/connect+proto"

_HEAD_BYTES = 5
_END_OF_STREAM = 2
# What answers in the place of a gateway that is away: a proxy, or a load balancer.
_AWAY = (429, 502, 503, 504)
_TOO_LARGE = 413


def to_headers(metadata: Pairs, content_type: str, seconds: float | None) -> list[tuple[str, str]]:
    """Makes the headers of a call.

    Args:
        metadata: Of the call; bytes are sent in base64.
        content_type: `UNARY_TYPE` or `STREAM_TYPE`.
        seconds: What is left of its time; None for no limit.
    """
    headers = [("content-type", content_type), ("connect-protocol-version", "1")]
    if seconds is not None:
        headers.append(("connect-timeout-ms", str(max(1, round(seconds * 1000)))))
    return headers + [
        (name, value if isinstance(value, str) else _encoded(value)) for name, value in metadata
    ]


def to_envelope(message: Message) -> bytes:
    """Makes the bytes that carry one message of a stream."""
    data = message.SerializeToString()
    return b"\0" + len(data).to_bytes(4, "big") + data


class Envelopes:
    """Takes a stream apart, however its bytes were cut."""

    def __init__(self) -> None:
        self._held = bytearray()

    def add(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        """Yields what is whole now: whether it ends the stream, and its bytes."""
        self._held += data
        while len(self._held) >= _HEAD_BYTES:
            end = _HEAD_BYTES + int.from_bytes(self._held[1:_HEAD_BYTES], "big")
            if len(self._held) < end:
                return
            flags, content = self._held[0], bytes(self._held[_HEAD_BYTES:end])
            del self._held[:end]
            yield bool(flags & _END_OF_STREAM), content


def from_end(content: bytes, headers: Mapping[str, str], target: str) -> LienzoError | None:
    """The exception that the end of a stream tells; None where all went well."""
    end = _object(content)
    if end is None:
        return no_gateway("its stream ends in other words", target, headers)
    error = end.get("error")
    return _from_error(error, headers, target) if isinstance(error, dict) else None


def from_response(status: int, headers: Mapping[str, str], body: bytes, target: str) -> LienzoError:
    """The exception for a response that is not an answer.

    Args:
        status: HTTP status.
        headers: Of the response.
        body: JSON of the protocol, problem details, or whatever else answers in a gateway's place.
        target: Where the call went, for the sentence.
    """
    content = _object(body)
    if content is not None and isinstance(content.get("reason"), str):
        return _from_problem(content, headers)
    if content is not None and isinstance(content.get("code"), str) and status != 200:
        return _from_error(content, headers, target)
    if status == _TOO_LARGE:
        return picture_too_large(_request_id(headers))
    if status in _AWAY:
        problem = f"what stands before it answers HTTP {status}"
        return CONNECTION_LOST.error(
            f"{target} does not answer ({problem}).",
            {"target": target, "problem": problem},
            _request_id(headers),
        )
    if "location" in headers:
        return no_gateway(f"HTTP {status} leads to {headers['location']}", target, headers)
    kind_of_answer = headers.get("content-type", "no content").partition(";")[0]
    return no_gateway(f"HTTP {status} with {kind_of_answer}", target, headers)


def no_gateway(problem: str, target: str, headers: Mapping[str, str]) -> LienzoError:
    """The exception for what does not speak as a gateway does."""
    message = f"Something other than a gateway answers at {target} ({problem})."
    return NOT_A_GATEWAY.error(message, {"target": target, "problem": problem}, _request_id(headers))


def _from_problem(problem: dict[str, Any], headers: Mapping[str, str]) -> LienzoError:
    code, reason = str(problem.get("code", "UNKNOWN")), problem["reason"]
    given = problem.get("metadata")
    metadata = {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    message = str(problem.get("detail") or reason)
    return error_class(code, reason)(code, reason, message, metadata, _request_id(headers))


def _from_error(error: dict[str, Any], headers: Mapping[str, str], target: str) -> LienzoError:
    code = str(error.get("code", "unknown")).upper()
    code = "CANCELLED" if code == "CANCELED" else code
    info = _error_info(error.get("details"))
    message = str(error.get("message") or f"{target} answered {code} without a word.")
    kind = error_class(code, info.reason)
    return kind(code, info.reason, message, dict(info.metadata), _request_id(headers))


def _error_info(details: object) -> error_details_pb2.ErrorInfo:
    for each in details if isinstance(details, list) else []:
        if isinstance(each, dict) and each.get("type") == "google.rpc.ErrorInfo":
            try:
                info = error_details_pb2.ErrorInfo.FromString(_decoded(str(each.get("value", ""))))
            except (ValueError, DecodeError):
                continue
            if info.domain == DOMAIN:
                return info
    return error_details_pb2.ErrorInfo()


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _request_id(headers: Mapping[str, str]) -> str:
    return headers.get(REQUEST_ID_KEY, "")


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")


def _decoded(value: str) -> bytes:
    return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
