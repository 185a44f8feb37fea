"""A failed call as the answer to one item of a stream."""

from __future__ import annotations

from lienzo.image.v1 import image_pb2
from runtime.status import StatusError


def to_item_error(error: StatusError) -> image_pb2.ItemError:
    """The same facts as the rich status of a unary call."""
    return image_pb2.ItemError(
        code=error.number, reason=error.reason, message=error.message, metadata=error.metadata
    )
