"""Reasons for which no palette can be made."""

from __future__ import annotations

from typing import Final

from grpc import StatusCode

from runtime.reasons.reason import Reason

INVALID_COLOR_COUNT: Final = Reason(
    "INVALID_COLOR_COUNT",
    StatusCode.INVALID_ARGUMENT,
    "A palette cannot have so many colours. Ask for 1 to the limit, or for 0 to let the server choose.",
    values=("color_count", "limit"),
)
EMPTY_COLLECTION: Final = Reason(
    "EMPTY_COLLECTION",
    StatusCode.INVALID_ARGUMENT,
    "No picture of the collection could be read, or none was sent.",
)
COLLECTION_TOO_LARGE: Final = Reason(
    "COLLECTION_TOO_LARGE",
    StatusCode.RESOURCE_EXHAUSTED,
    "The collection has more pictures than the server counts (100,000 by default). Send fewer.",
    "A collection has at most {limit} pictures here.",
    ("limit",),
    http=413,
)
