"""Which copies of a picture are found, and what is not one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs

from tests.support.copies import COPIES
from training.imagesets.duplicates import near_duplicate_groups
from training.imagesets.looks import Look, look_at
from vision.picture import decode

Pixels = NDArray[np.uint8]


def photograph(name: str) -> Pixels:
    pixels = getattr(photographs, name)()
    factor = 400 / max(pixels.shape)
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def originals() -> list[Pixels]:
    return [photograph(name) for name in ("astronaut", "chelsea", "coffee", "rocket")]


Looked: TypeAlias = list[tuple[Pixels, Look]]


def looked(pictures: Iterable[Pixels]) -> Looked:
    """Looks at pictures as at files of an image set."""
    fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    files = (cv2.imencode(".png", each[..., ::-1], fast)[1].tobytes() for each in pictures)
    small = [decode(each, max_side_px=256).pixels for each in files]
    return [(each, look_at(each)) for each in small]


@pytest.fixture(scope="module")
def known(originals: list[Pixels]) -> Looked:
    return looked(originals)


def grouped(pictures: Looked) -> list[int]:
    groups, _ = near_duplicate_groups([look for _, look in pictures], lambda number: pictures[number][0])
    return groups.tolist()


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_found_whatever_was_done_to_it(name: str, originals: list[Pixels], known: Looked) -> None:
    groups = grouped(known + looked(decode(COPIES[name](each)).pixels for each in originals))
    assert groups[:4] == [0, 1, 2, 3]
    found = sum(one == other for one, other in zip(groups[:4], groups[4:], strict=True))
    assert found >= (3 if "cropped" in name or "20 %" in name else 4)


@pytest.mark.parametrize(
    "other",
    [
        lambda pixels: np.clip(pixels * np.array([1.2, 1.0, 0.75]), 0, 255).astype(np.uint8),
        lambda pixels: np.clip(255 * (pixels / 255) ** 1.8, 0, 255).astype(np.uint8),
        lambda pixels: np.ascontiguousarray(255 - pixels),
    ],
    ids=["another cast", "another contrast", "negative"],
)
def test_another_reproduction_of_the_same_thing_is_no_copy(
    other: Callable[[Pixels], Pixels], originals: list[Pixels], known: Looked
) -> None:
    assert grouped(known + looked(other(each) for each in originals)) == list(range(8))


def test_a_mirror_with_a_border_is_found(originals: list[Pixels], known: Looked) -> None:
    both = [
        cv2.copyMakeBorder(each[:, ::-1], *(24,) * 4, cv2.BORDER_CONSTANT, value=(0,) * 3)
        for each in originals
    ]
    assert grouped(known + looked(both)) == [0, 1, 2, 3] * 2


def test_small_pictures_are_compared_without_keypoints(originals: list[Pixels]) -> None:
    icons = [
        np.asarray(cv2.resize(each, (32, 32), interpolation=cv2.INTER_AREA), np.uint8) for each in originals
    ]
    brighter = [np.clip(each * 1.08, 0, 255).astype(np.uint8) for each in icons]
    mirrored = [np.ascontiguousarray(each[:, ::-1]) for each in icons]
    assert grouped(looked([*icons, *brighter, *mirrored])) == [0, 1, 2, 3] * 3


def test_plain_pictures_have_nothing_to_be_found_by() -> None:
    plain = [np.full((120, 160, 3), value, np.uint8) for value in (20, 120, 240)]
    assert len(set(grouped(looked([*plain, photograph("coffee")])))) == 4


def test_many_pictures_that_are_no_copies_cost_little(originals: list[Pixels]) -> None:
    """A burst: alike, and each with another light from one side."""
    light = [1 + 0.04 * number * np.linspace(-1, 1, 400)[None, :, None] for number in range(24)]
    width = originals[2].shape[1]
    burst = [np.clip(originals[2] * each[:, :width], 0, 255).astype(np.uint8) for each in light]
    looks, asked = [look_at(each) for each in burst], list[int]()

    def read(number: int) -> Pixels:
        asked.append(number)
        return burst[number]

    near_duplicate_groups(looks, read)
    assert len(asked) <= 2 * len(burst)  # each is read once as it is, once mirrored
