"""`lienzo keypoints`, drawing what extractors see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest


@pytest.fixture
def turned(place: Any, tmp_path: Path) -> Path:
    """The grid, a quarter turn further and smaller."""
    picture = cv2.rotate(cv2.imread(place.photo("grid")), cv2.ROTATE_90_CLOCKWISE)
    path = tmp_path / "turned.png"
    cv2.imwrite(str(path), cv2.resize(picture, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA))
    return path


def test_keypoints_are_drawn_into_a_new_picture(lienzo: Any, place: Any, tmp_path: Path) -> None:
    output = tmp_path / "not yet" / "there" / "drawn.png"
    ran = lienzo("keypoints", place.photo("grid"), "--output", str(output))
    assert ran.status == 0
    assert "153 keypoints (rootsift), 61 of them as dots. Drawn: " in ran.out
    drawn, before = cv2.imread(str(output)), cv2.imread(place.photo("grid"))
    # Twice as large, so that thin lines stay thin.
    assert (drawn.shape[:2], before.shape[:2]) == ((480, 640), (240, 320))
    enlarged = cv2.resize(before, (640, 480), interpolation=cv2.INTER_CUBIC)
    touched = (np.abs(drawn.astype(int) - enlarged) > 40).any(axis=2).mean()
    assert 0.01 < touched < 0.5


@pytest.mark.parametrize("extractor", ["rootsift", "orb"])
def test_the_same_thing_is_found_again(
    lienzo: Any, place: Any, turned: Path, tmp_path: Path, extractor: str
) -> None:
    output = tmp_path / "drawn.jpg"
    ran = lienzo(
        "keypoints",
        place.photo("grid"),
        str(turned),
        "--extractor",
        extractor,
        "--output",
        str(output),
        "--json",
    )
    found = json.loads(ran.out)
    assert found["on_one_plane"] >= 20
    assert found["on_one_plane"] <= found["matches"] <= found["keypoints"]
    assert cv2.imread(str(output)).shape == (480, 480 + 16 + 360, 3)


def test_the_grid_of_an_extractor_that_is_a_graph_is_drawn(lienzo: Any, place: Any, tmp_path: Path) -> None:
    output = tmp_path / "grid.png"
    ran = lienzo("keypoints", place.photo("grid"), "--extractor", "dense_sift", "--output", str(output))
    assert ran.status == 0
    assert " of them as dots. Drawn: " in ran.out
    before = cv2.resize(cv2.imread(place.photo("grid")), (640, 480), interpolation=cv2.INTER_CUBIC)
    changed = (np.abs(cv2.imread(str(output)).astype(int) - before) > 40).any(axis=2)
    assert changed.mean() < 0.5
    # A grid lies over the whole picture, whatever is there.
    assert all(part.any() for row in np.array_split(changed, 4) for part in np.array_split(row, 4, axis=1))


def test_a_blank_picture_has_nothing_in_common_with_any(lienzo: Any, place: Any, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((64, 64, 3), 128, np.uint8))
    output = str(tmp_path / "drawn.png")
    ran = lienzo("keypoints", str(blank), place.photo("grid"), "--output", output)
    assert ran.status == 0
    assert "no sign of the same thing" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jpg",), "nowhere.jpg: no such file or directory."),
        (("PHOTO", "--extractor", "sitf"), 'no extractor "sitf". There are: akaze'),
        (("PHOTO", "--extractor", "hog"), "hog gives one vector for a whole picture and has no keypoints."),
        (("PHOTO", "--output", "drawn.foo"), "drawn.foo: pictures are written as .png, .jpg or .webp."),
        (("NOTES",), "not a picture (text/plain)"),
    ],
)
def test_wrong_input_is_told(
    lienzo: Any, place: Any, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    stands_for = {"PHOTO": place.photo("grid"), "NOTES": str(notes)}
    ran = lienzo("keypoints", *(stands_for.get(argument, argument) for argument in arguments))
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
