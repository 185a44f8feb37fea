"""Reasons for which a picture could not be had from its address. The sentences are those of `sources`."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

URI_NOT_ALLOWED: Final = Reason(
    "URI_NOT_ALLOWED",
    StatusCode.PERMISSION_DENIED,
    "The server does not read this address, nor what it redirects to; nothing was fetched. "
    "An operator allows prefixes: `LIENZO_GATEWAY_ALLOWED_URIS`.",
    values=("uri", "problem"),
)
URI_IS_A_FOLDER: Final = Reason(
    "URI_IS_A_FOLDER",
    StatusCode.INVALID_ARGUMENT,
    "The address is a folder, and the method takes one picture. Name the picture.",
    values=("uri",),
)
PICTURE_NOT_FOUND: Final = Reason(
    "PICTURE_NOT_FOUND",
    StatusCode.NOT_FOUND,
    "Nothing is at this address. Check the spelling.",
    values=("uri",),
)
SOURCE_DENIED: Final = Reason(
    "SOURCE_DENIED",
    StatusCode.PERMISSION_DENIED,
    "The store does not let the server read this. Give the server the right, or send the bytes instead.",
    values=("uri", "problem"),
)
SOURCE_UNAVAILABLE: Final = Reason(
    "SOURCE_UNAVAILABLE",
    StatusCode.UNAVAILABLE,
    "The store does not answer, or not as it should. Try again a little later.",
    values=("uri", "problem"),
)
SOURCE_BROKE_OFF: Final = Reason(
    "SOURCE_BROKE_OFF",
    StatusCode.UNAVAILABLE,
    "The store stopped in the middle of the picture. Try again.",
    values=("uri", "problem"),
)
SOURCE_TOO_SLOW: Final = Reason(
    "SOURCE_TOO_SLOW",
    StatusCode.DEADLINE_EXCEEDED,
    "The store did not deliver in time (20 s by default). Try again, or send the bytes instead.",
    values=("uri", "seconds"),
)
SOURCE_NOT_INSTALLED: Final = Reason(
    "SOURCE_NOT_INSTALLED",
    StatusCode.UNIMPLEMENTED,
    "The server lacks the library for this kind of address. An operator installs the extra named.",
    values=("scheme", "extra"),
)
