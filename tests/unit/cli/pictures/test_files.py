"""Files that may never end: pipes and devices."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cli.pictures import files
from cli.pictures.files import UnreadableFile, read_picture
from cli.pictures.photos import find_photos


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.jpg")
    return tmp_path / "pipe.jpg"


@pytest.mark.parametrize("content", [b"short", bytes(200_000)])
def test_what_is_written_to_a_pipe_is_read(pipe: Path, content: bytes) -> None:
    writer = Thread(target=pipe.write_bytes, args=[content], daemon=True)
    writer.start()
    [photo] = find_photos([str(pipe)])
    assert photo.picture == content
    writer.join(5)


def test_a_pipe_to_which_nobody_writes_is_refused(
    pipe: Path, lienzo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 0.05)
    for command in ("palette", "explain"):
        ran = lienzo(command, str(pipe))
        assert (ran.status, ran.err) == (2, f"{pipe}: a pipe, and nothing was written to it for 0.05 s.\n")


def test_a_pipe_whose_writer_leaves_is_refused(pipe: Path) -> None:
    writer = Thread(target=pipe.write_bytes, args=[b""], daemon=True)
    writer.start()
    with pytest.raises(UnreadableFile, match="nothing was written to this pipe"):
        read_picture(pipe)
    writer.join(5)


@pytest.mark.parametrize("command", ["palette", "explain", "keypoints"])
def test_a_device_is_refused(lienzo: Any, command: str) -> None:
    ran = lienzo(command, "/dev/zero")
    assert (ran.status, ran.err) == (2, "/dev/zero: not a regular file.\n")
