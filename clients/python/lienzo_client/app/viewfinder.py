"""Reads a camera in a thread of its own, so that the event loop never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator

from PIL import Image

from lienzo_client.app.camera import Camera, CameraError
from lienzo_client.errors import LienzoError

_FrameOrError = Image.Image | LienzoError


async def watch(camera: Camera) -> AsyncGenerator[Image.Image, None]:
    """Yields the camera's frames, no faster than they are consumed.

    Closing the iterator returns at once: a camera that hangs only blocks its own thread, which ends with the
    program.

    Raises:
        LienzoError: Whatever the camera raised.
    """
    loop = asyncio.get_running_loop()
    seen: asyncio.Queue[_FrameOrError] = asyncio.Queue()
    wanted, stopped = threading.Semaphore(1), threading.Event()

    def deliver(what: _FrameOrError) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(seen.put_nowait, what)

    def film() -> None:
        frames = camera.frames()
        try:
            for frame in frames:
                wanted.acquire()
                if stopped.is_set():
                    break
                deliver(frame)
            deliver(CameraError("CAMERA_FAILED", "the camera stopped"))
        except LienzoError as error:
            deliver(error)
        except Exception as error:  # noqa: BLE001  # any failure of camera code must reach the consumer
            deliver(CameraError("CAMERA_FAILED", str(error)))
        finally:
            close = getattr(frames, "close", None)
            if close is not None:
                close()

    threading.Thread(target=film, name="camera", daemon=True).start()
    try:
        while True:
            what = await seen.get()
            if isinstance(what, LienzoError):
                raise what
            yield what
            wanted.release()
    finally:
        stopped.set()
        wanted.release()
