"""What the app expects of a camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from PIL import Image

from lienzo_client.errors import LienzoError


class CameraError(LienzoError):
    """There is no camera, or it does not work.

    Its reason is CAMERA_MISSING, CAMERA_REFUSED, CAMERA_BUSY or CAMERA_FAILED.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__("FAILED_PRECONDITION", reason, message)

    def __reduce__(self) -> tuple[type[CameraError], tuple[str, str]]:
        return CameraError, (self.reason, self.message)


class Camera(Protocol):
    """Something that sees."""

    def frames(self) -> Iterator[Image.Image]:
        """What it sees, one picture after the other, RGB, until the iterator is closed.

        Raises:
            CameraError: While it is read, when there is none, or it does not work.
        """
        ...
