"""The camera as the view model uses it: drawn pictures, and every kind of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lienzo_client.app.camera import CameraError
from lienzo_client.app.state import Phase

Watch = Callable[..., Any]


async def test_looks_through_the_camera_and_takes_what_it_sees(watch: Watch, wall: Any, drawn: Any) -> None:
    camera = drawn()
    app = watch(wall.target, camera=camera)
    app.model.take_photo()
    await app.when(lambda state: state.frame_number >= 3)
    app.model.shoot()
    state = await app.until(Phase.READY)
    assert state.photo.pixels.size == (400, 300)
    assert await asyncio.to_thread(camera.closed.wait, 5)
    seen = max(each.frame_number for each in app.states)
    assert camera.shown <= seen + 2  # one on its way to the eye, one that waits until that has been seen
    app.model.classify()
    await app.until(Phase.ANSWERED)


async def test_leaves_the_camera_without_a_picture(watch: Watch, wall: Any, drawn: Any) -> None:
    camera = drawn()
    app = watch(wall.target, camera=camera)
    app.model.take_photo()
    await app.when(lambda state: state.frame is not None)
    app.model.cancel()
    assert app.state.phase is Phase.IDLE
    assert app.state.frame is None
    assert await asyncio.to_thread(camera.closed.wait, 5)
    assert app.toasts == []


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        (CameraError("CAMERA_MISSING", "none"), "No camera"),
        (CameraError("CAMERA_REFUSED", "no"), "The camera was refused"),
        (CameraError("CAMERA_BUSY", "busy"), "The camera is in use"),
        (RuntimeError("a bug of the driver"), "The camera does not work"),
    ],
)
async def test_says_what_is_wrong_with_the_camera_and_is_usable_after(
    watch: Watch, wall: Any, photo: Path, drawn: Any, problem: Exception, title: str
) -> None:
    app = watch(wall.target, camera=drawn(problem))
    app.model.take_photo()
    assert await app.complaint() == title
    app.model.choose_image(photo)
    await app.until(Phase.READY)


async def test_says_that_the_camera_stopped(watch: Watch, wall: Any, drawn: Any) -> None:
    app = watch(wall.target, camera=drawn(count=2))
    app.model.take_photo()
    assert await app.complaint() == "The camera does not work"
