"""Turns errors into answers to single items of a stream."""

from __future__ import annotations

from lienzo.image.v1 import image_pb2
from runtime.status import StatusError


def to_item_error(error: StatusError) -> image_pb2.ItemError:
    """Makes the answer for a failed item, with the facts that a unary call has in its rich status."""
    return image_pb2.ItemError(
        code=error.number, reason=error.reason, message=error.message, metadata=error.metadata
    )
