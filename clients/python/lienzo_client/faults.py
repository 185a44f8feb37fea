"""From what gRPC reports to this package's exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from lienzo.image.v1 import image_pb2
from lienzo_client.errors import LienzoError, error_class
from lienzo_client.reasons import (
    CONNECTION_LOST,
    CONNECTION_REFUSED,
    NAME_NOT_RESOLVED,
    NO_ANSWER_IN_TIME,
    NOT_GRPC,
    TLS_FAILED,
    UNREACHABLE,
    Reason,
)

DOMAIN = "lienzo"
_DETAILS_KEY = "grpc-status-details-bin"
REQUEST_ID_KEY = "x-request-id"
_CODE_NAMES = {int(code.value[0]): code.name for code in grpc.StatusCode}

# What is told of a connection, whether gRPC or HTTP found it.
REFUSED = "connection refused"
NO_SUCH_HOST = "no such host"
NO_ROUTE = "no route to host"
LOST = "the connection was lost"
CERTIFICATE_EXPIRED = "its certificate has expired"
CERTIFICATE_TOO_NEW = "its certificate is not valid yet, or the clock here is late"
CERTIFICATE_UNTRUSTED = "its certificate is not signed by one that is trusted here"
CERTIFICATE_OF_ANOTHER = "its certificate is for another name"
NOT_TLS = "it does not speak TLS"
NO_HANDSHAKE = "the TLS handshake failed"

# What the transport says in its own words, by a part of them that has been stable for years. None of it
# comes from a server of ours, so that there is no reason to read instead.
_TRANSPORT_PROBLEMS = (
    ("Connection refused", CONNECTION_REFUSED, REFUSED),
    ("Domain name not found", NAME_NOT_RESOLVED, NO_SUCH_HOST),
    ("errors resolving", NAME_NOT_RESOLVED, "the name cannot be looked up"),
    ("certificate has expired", TLS_FAILED, CERTIFICATE_EXPIRED),
    ("certificate is not yet valid", TLS_FAILED, CERTIFICATE_TOO_NEW),
    ("CERTIFICATE_VERIFY_FAILED", TLS_FAILED, CERTIFICATE_UNTRUSTED),
    ("Hostname Verification Check failed", TLS_FAILED, CERTIFICATE_OF_ANOTHER),
    ("WRONG_VERSION_NUMBER", TLS_FAILED, NOT_TLS),
    ("andshake", TLS_FAILED, NO_HANDSHAKE),
    ("HTTP/2", NOT_GRPC, "something other than gRPC listens there"),
    ("No route to host", UNREACHABLE, NO_ROUTE),
    ("Network is unreachable", UNREACHABLE, "the network cannot be reached"),
)
# What a server that speaks TLS does to a client that does not, and few others do.
_NO_CONNECTION = "connections to all backends failing"
_CLOSED_AT_ONCE = ("Socket closed", "Connection reset")
_PERHAPS_TLS = "it closes the connection at once; perhaps it speaks TLS, which root_certificates turn on"
_TOO_LARGE = "message larger than max"
_ANSWER_TOO_LARGE = ("CLIENT: Received message larger", "SERVER: Sent message larger")


def from_rpc_error(error: grpc.RpcError, target: str, *, plain_text: bool = False) -> LienzoError:
    """The exception for a failed call.

    Args:
        error: What grpc or grpc.aio raised.
        target: Where the call went, for the sentence.
        plain_text: Whether it went there without TLS.
    """
    failed = cast("grpc.aio.AioRpcError", error)
    code, text = failed.code().name, failed.details() or ""
    metadata = cast("Iterable[tuple[str, str | bytes]]", failed.trailing_metadata() or ())
    trailing = {str(key): value for key, value in metadata}
    request_id = str(trailing.get(REQUEST_ID_KEY, ""))
    info = _error_info(trailing.get(_DETAILS_KEY))
    if info is not None:
        kind = error_class(code, info.reason)
        return kind(code, info.reason, text, dict(info.metadata), request_id)
    return _without_reason(code, text, target, request_id, plain_text)


def from_item_error(message: image_pb2.ItemError) -> LienzoError:
    """The exception for one failed item of a stream."""
    code = _CODE_NAMES.get(message.code, "UNKNOWN")
    kind = error_class(code, message.reason)
    return kind(code, message.reason, message.message, dict(message.metadata))


def is_silence(error: LienzoError) -> bool:
    """Whether nobody was heard: nothing says that the connection leads anywhere."""
    return error.reason == NO_ANSWER_IN_TIME.name


def ended_early(target: str) -> LienzoError:
    """The exception for a stream that the server closed although requests were open."""
    return CONNECTION_LOST.error(f"{target} ended the stream early.", {"target": target})


def answer_too_large(problem: str, request_id: str = "") -> LienzoError:
    """The exception for an answer above the bound of this client."""
    code, reason = "FAILED_PRECONDITION", "MESSAGE_TOO_LARGE"
    message = f"The answer is larger than this client takes ({problem}). Ask for less at a time."
    return error_class(code, reason)(code, reason, message, None, request_id)


def picture_too_large(request_id: str) -> LienzoError:
    """The exception for a request that the transport refuses because of its size."""
    code, reason = "INVALID_ARGUMENT", "PICTURE_TOO_LARGE"
    message = "The picture is larger than the server takes."
    return error_class(code, reason)(code, reason, message, None, request_id)


def _error_info(packed: str | bytes | None) -> error_details_pb2.ErrorInfo | None:
    if not isinstance(packed, bytes):
        return None
    try:
        status = status_pb2.Status.FromString(packed)
    except DecodeError:
        return None
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return info
    return None


def _without_reason(code: str, text: str, target: str, request_id: str, plain_text: bool) -> LienzoError:
    if code == "UNAVAILABLE":
        reason, problem = _transport_problem(text)
        if plain_text and _NO_CONNECTION in text and any(each in text for each in _CLOSED_AT_ONCE):
            problem = _PERHAPS_TLS
        message = f"{target} does not answer ({problem})."
        return reason.error(message, {"target": target, "problem": problem}, request_id)
    if code == "DEADLINE_EXCEEDED":
        return NO_ANSWER_IN_TIME.error(f"{target} did not answer in time.", {"target": target})
    if code == "RESOURCE_EXHAUSTED" and any(each in text for each in _ANSWER_TOO_LARGE):
        return answer_too_large(text, request_id)
    if code == "RESOURCE_EXHAUSTED" and _TOO_LARGE in text:
        return picture_too_large(request_id)
    return error_class(code, "")(
        code, "", text or f"{target} answered {code} without a word.", None, request_id
    )


def _transport_problem(text: str) -> tuple[Reason, str]:
    for part, reason, problem in _TRANSPORT_PROBLEMS:
        if part in text:
            return reason, problem
    return CONNECTION_LOST, LOST
