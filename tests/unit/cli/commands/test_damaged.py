"""Commands that are given a spoilt JPEG say one line about it, and no library speaks beside them."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from cli.main import run_command
from tests.support.pictures import draw, jpeg


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder per label; in one a JPEG with a marker among its data, and one that ends in the middle."""
    root = tmp_path_factory.mktemp("spoilt")
    for label in ("grid", "circles"):
        (root / label).mkdir()
        for number in range(2):
            (root / label / f"{number}.jpg").write_bytes(jpeg(draw(label, number)))
    whole = jpeg(cv2.resize(draw("grid", 5), (900, 700)))
    third = len(whole) // 3
    (root / "grid" / "marker.jpg").write_bytes(whole[:third] + b"\xff\x17" + whole[third + 2 :])
    (root / "grid" / "ended.jpg").write_bytes(whole[: len(whole) // 2] + b"\xff\xd9")
    return root


@pytest.mark.parametrize("name", ["marker.jpg", "ended.jpg"])
@pytest.mark.parametrize(
    "command",
    [("palette",), ("explain", "--output", "x.html"), ("keypoints",), ("features", "--output", "x.npz")],
    ids=lambda command: command[0],
)
def test_one_line_is_said(
    spoilt: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = spoilt / "grid" / name
    assert run_command([command[0], str(file), *command[1:]]) == 2
    said = capfd.readouterr()  # of the process, with what libraries in C write
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"{file}: damaged JPEG: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_checked_without_a_word_of_a_library(
    spoilt: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["check", str(spoilt)]) == 0
    said = capfd.readouterr()
    assert said.out.count("is left out: damaged JPEG") == 2
    assert said.err == ""
