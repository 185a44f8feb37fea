"""The camera of this machine, with FFmpeg's own test picture in place of a device."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest

from lienzo_client.app import webcam
from lienzo_client.app.camera import CameraError
from lienzo_client.app.webcam import Webcam


def reason(camera: Webcam) -> str:
    with pytest.raises(CameraError) as refused:
        next(camera.frames())
    return refused.value.reason


def test_sees_one_picture_after_the_other() -> None:
    with closing(Webcam("testsrc=size=320x240:rate=25", "lavfi").frames()) as frames:
        first, second = next(frames), next(frames)
    assert (first.mode, first.size) == ("RGB", (320, 240))
    assert first.tobytes() != second.tobytes()


def test_says_that_there_is_no_such_camera(tmp_path: Path) -> None:
    assert reason(Webcam(str(tmp_path / "video7"), "v4l2")) == "CAMERA_MISSING"


def test_says_that_there_is_no_camera_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webcam.av, "enumerate_input_devices", lambda source: [])
    assert reason(Webcam()) == "CAMERA_MISSING"


def test_says_that_something_is_no_camera() -> None:
    assert reason(Webcam("/dev/null", "v4l2")) == "CAMERA_FAILED"
    assert reason(Webcam("anything", "no such format")) == "CAMERA_FAILED"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.EACCES, "CAMERA_REFUSED"), (errno.EPERM, "CAMERA_REFUSED"), (errno.EBUSY, "CAMERA_BUSY")],
)
def test_tells_a_refusal_from_another_user(
    monkeypatch: pytest.MonkeyPatch, number: int, expected: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(number, "the system's word")

    monkeypatch.setattr(webcam.av, "open", refuse)
    assert reason(Webcam("/dev/video0", "v4l2")) == expected
