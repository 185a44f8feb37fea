from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.imagesets.imageset import read_image_set
from training.imagesets.seen import SeenPictures, read_seen, seen_file


@pytest.fixture(scope="module")
def seen(image_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> SeenPictures:
    path = tmp_path_factory.mktemp("report") / "pictures.json"
    path.write_bytes(seen_file(read_image_set(image_folder)))
    found = read_seen(path)
    assert found is not None
    return found


def encoded(pixels: np.ndarray, quality: int) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def test_knows_files_and_copies_that_were_saved_anew(seen: SeenPictures, image_folder: Path) -> None:
    for path in sorted(image_folder.rglob("*.jpg"))[::4]:
        pixels = cv2.imread(str(path))
        smaller = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        assert seen.has(path.read_bytes())
        assert seen.has(encoded(pixels, 40))
        assert seen.has(encoded(smaller, 90))


def test_takes_another_photograph_of_the_same_thing_for_a_new_one(
    seen: SeenPictures, image_folder: Path
) -> None:
    pixels = cv2.imread(str(image_folder / "coffee" / "0.jpg"))
    assert not seen.has(encoded(pixels[20:, 30:], 95))
    assert not seen.has(encoded(pixels[:, ::-1].copy(), 95))
    assert not seen.has(b"no picture")


@pytest.mark.parametrize("content", ["", "[]", '{"pictures": [{"sha256": "a"}]}', '{"pictures": []}'])
def test_a_file_that_is_something_else_tells_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "pictures.json").write_text(content)
    assert read_seen(tmp_path / "pictures.json") is None
    assert read_seen(tmp_path / "nowhere.json") is None
