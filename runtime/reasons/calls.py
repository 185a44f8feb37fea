"""Reasons of every call, whatever it asks for: time, load, credentials, faults."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

DEADLINE_EXCEEDED: Final = Reason(
    "DEADLINE_EXCEEDED",
    StatusCode.DEADLINE_EXCEEDED,
    "The caller's deadline passed first. Try again, with more time where that happens often.",
    "The deadline passed before the answer was ready.",
    ("service",),
    worded=True,
)
CALLER_LEFT: Final = Reason(
    "CALLER_LEFT",
    StatusCode.CANCELLED,
    "The caller cancelled the call or closed the connection; the work for it was dropped. Seen in logs only.",
    "The caller went away.",
)
OVERLOADED: Final = Reason(
    "OVERLOADED",
    StatusCode.RESOURCE_EXHAUSTED,
    "The server has too much to do, and says so at once. Try again a little later, with growing pauses.",
    values=("limit", "service"),
    worded=True,
)
SHUTTING_DOWN: Final = Reason(
    "SHUTTING_DOWN",
    StatusCode.UNAVAILABLE,
    "The server is stopping and ended this stream. Send what was not answered to another server, or later.",
    "The server is stopping. Send what was not answered to another one, or a little later.",
)
BACKEND_UNAVAILABLE: Final = Reason(
    "BACKEND_UNAVAILABLE",
    StatusCode.UNAVAILABLE,
    "A service behind the gateway does not answer. Try again a little later; an operator starts it.",
    "The {service} service does not answer.",
    ("service",),
    worded=True,
)
BACKEND_FAILED: Final = Reason(
    "BACKEND_FAILED",
    StatusCode.INTERNAL,
    "A service behind the gateway failed, or does not accept the gateway's key. The gateway's log says more.",
    "The {service} service failed.",
    ("service",),
)
MESSAGE_TOO_LARGE: Final = Reason(
    "MESSAGE_TOO_LARGE",
    StatusCode.FAILED_PRECONDITION,
    "A message is above the setting `max_message_bytes` of the gateway or of a service behind it. Send a "
    "smaller picture, or ask for less at a time, such as fewer pictures of a collection; an operator raises "
    "the setting.",
    "A message to or from the {service} service is larger than its setting max_message_bytes.",
    ("service", "size_bytes", "limit_bytes"),
)
INTERNAL: Final = Reason(
    "INTERNAL",
    StatusCode.INTERNAL,
    "An unexpected fault in the server. Report it with the request id: the log says more under it.",
    "Unexpected fault in the server. The log tells more under request id {request_id}.",
    ("request_id",),
)
MISSING_CREDENTIALS: Final = Reason(
    "MISSING_CREDENTIALS",
    StatusCode.UNAUTHENTICATED,
    "The server asks for an API key or token, and the call carries none. Send `authorization: Bearer <key>`.",
    "This server asks for an API key: send `authorization: Bearer <key>`.",
    worded=True,
)
INVALID_CREDENTIALS: Final = Reason(
    "INVALID_CREDENTIALS",
    StatusCode.UNAUTHENTICATED,
    "The API key or token is unknown, expired, or meant for another server. Ask its operator for a new one.",
    "The API key or token is not accepted.",
    worded=True,
)
