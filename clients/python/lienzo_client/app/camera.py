"""The contract of cameras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from PIL import Image

from lienzo_client.errors import LienzoError


class CameraError(LienzoError):
    """No camera was found, or it does not work.

    The reason is CAMERA_MISSING, CAMERA_REFUSED, CAMERA_BUSY or CAMERA_FAILED.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("FAILED_PRECONDITION", reason, message)

    def __reduce__(self) -> tuple[type[CameraError], tuple[str, str]]:
        return CameraError, (self.reason, self.message)


class Camera(Protocol):
    """A source of frames."""

    def frames(self) -> Iterator[Image.Image]:
        """Yields RGB frames until the iterator is closed.

        Raises:
            CameraError: During iteration, when no camera was found or it does not work.
        """
        ...
