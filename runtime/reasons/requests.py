"""Reasons about the request itself: its method, its path, its form."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

UNKNOWN_METHOD: Final = Reason(
    "UNKNOWN_METHOD",
    StatusCode.UNIMPLEMENTED,
    "The server has no such method: a misspelt name, or a client that is newer than the server.",
    "This server has no method {method}.",
    ("method",),
    http=404,
)
NO_SUCH_PATH: Final = Reason(
    "NO_SUCH_PATH",
    StatusCode.NOT_FOUND,
    "Nothing is served at this path over HTTP. `/docs` lists the paths.",
    "{method} {path}: {problem}",
    ("method", "path", "problem"),
)
METHOD_NOT_ALLOWED: Final = Reason(
    "METHOD_NOT_ALLOWED",
    StatusCode.UNIMPLEMENTED,
    "The path exists, but not for this HTTP method. The header `allow` names those that it takes.",
    "{method} {path}: {problem}",
    ("method", "path", "problem"),
    http=405,
)
HOST_NOT_ALLOWED: Final = Reason(
    "HOST_NOT_ALLOWED",
    StatusCode.PERMISSION_DENIED,
    "The request is for a host name that the server does not have, as a page of another site would send it. "
    "Use its IP address or localhost; an operator names it in `LIENZO_GATEWAY_ALLOWED_HOSTS`.",
    "This server is not {host}. Its operator may set LIENZO_GATEWAY_ALLOWED_HOSTS.",
    ("host",),
)
ORIGIN_NOT_ALLOWED: Final = Reason(
    "ORIGIN_NOT_ALLOWED",
    StatusCode.PERMISSION_DENIED,
    "A page of another origin sent the request, and the server, which needs no key, takes none from there. "
    "An operator names the origin in `LIENZO_GATEWAY_CORS_ORIGINS`.",
    "This server takes no requests of pages from {origin}. Its operator may set LIENZO_GATEWAY_CORS_ORIGINS.",
    ("origin",),
)
UNKNOWN_CONTENT_TYPE: Final = Reason(
    "UNKNOWN_CONTENT_TYPE",
    StatusCode.INVALID_ARGUMENT,
    "The `content-type` of a call over Connect or gRPC-Web is not one of theirs, or that of a work is "
    "neither a form nor JSON. gRPC itself is spoken on the other port.",
    'The content type "{content_type}" is not known here. Send one of: {known}.',
    ("content_type", "known"),
    http=415,
)
UNSUPPORTED_ENCODING: Final = Reason(
    "UNSUPPORTED_ENCODING",
    StatusCode.UNIMPLEMENTED,
    "A call over Connect or gRPC-Web is compressed in a way that the server does not know, or has not "
    "as many messages as its method takes. Send one message, uncompressed or with gzip.",
)
MALFORMED_REQUEST: Final = Reason(
    "MALFORMED_REQUEST",
    StatusCode.INVALID_ARGUMENT,
    "The body is not the message, JSON object or form that it says it is. Sending it again does not help.",
    "The request is not the message that this method takes.",
    ("message", "problem"),
)
INVALID_REQUEST: Final = Reason(
    "INVALID_REQUEST",
    StatusCode.INVALID_ARGUMENT,
    "A parameter or field is missing, of another type, or out of its range; the sentence names it.",
    "The request is not valid: {problem}",
    ("problem", "method", "path"),
)
SLOW_UPLOAD: Final = Reason(
    "SLOW_UPLOAD",
    StatusCode.DEADLINE_EXCEEDED,
    "A request came too slowly, or a stream sent nothing for too long; over HTTP the connection is closed. "
    "Send a smaller picture, or upload it in chunks with `UploadImage`. There it means that no chunk came "
    "for too long: go on where the upload stopped.",
    "The request came too slowly: {received_bytes} bytes in {seconds} s.",
    ("received_bytes", "seconds"),
    http=408,
    worded=True,
)
