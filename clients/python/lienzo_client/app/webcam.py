"""The camera of this machine, read with FFmpeg."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import av
from PIL import Image

from lienzo_client.app.camera import CameraError

_OPEN_S, _FRAME_S = 10.0, 5.0
_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
_REASONS = {
    errno.ENOENT: "CAMERA_MISSING",
    errno.ENODEV: "CAMERA_MISSING",
    errno.ENXIO: "CAMERA_MISSING",
    errno.EACCES: "CAMERA_REFUSED",
    errno.EPERM: "CAMERA_REFUSED",
    errno.EBUSY: "CAMERA_BUSY",
}


@dataclass(frozen=True)
class Webcam:
    """A camera that FFmpeg reads.

    Attributes:
        device: Name of the device in the format's notation; empty means the default device.
        format: FFmpeg's input format; empty means that of this system.
    """

    device: str = ""
    format: str = ""

    def frames(self) -> Iterator[Image.Image]:
        """Yields RGB frames; see `Camera.frames`."""
        source = self.format or _FORMATS.get(sys.platform, "v4l2")
        try:
            device = self.device or _first_device(source)
            with av.open(device, format=source, timeout=(_OPEN_S, _FRAME_S)) as container:
                for frame in container.decode(video=0):
                    yield frame.to_image()  # type: ignore[no-untyped-call]  # av leaves it untyped
        except (
            OSError,
            ValueError,
            IndexError,
        ) as error:  # av's errors are OSErrors with the system's number
            number = getattr(error, "errno", None)
            raise CameraError(_REASONS.get(number or 0, "CAMERA_FAILED"), str(error)) from error


def _first_device(source: str) -> str:
    found = av.enumerate_input_devices(source)
    devices = [each for each in found if "video" in (each.media_types or ["video"])]
    if not devices:
        raise CameraError("CAMERA_MISSING", f"no camera among the {source} devices")
    chosen = next((each for each in devices if each.is_default), devices[0])
    return f"video={chosen.name}" if source == "dshow" else chosen.name
