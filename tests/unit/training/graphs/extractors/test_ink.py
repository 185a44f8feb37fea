"""Cells of ink: the same wherever a sign stands, however large, in whichever colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.signs import sign
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.ink import Ink
from training.graphs.extractors.ink_look import look_at_ink
from training.graphs.extractors.registry import create_graph_extractor
from vision.errors import InvalidExtractorParameter

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def ink() -> GraphExtractor:
    return create_graph_extractor("ink")


def cells(extractor: GraphExtractor, pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(extractor.extract(pixels).rows[0], np.float32)


def changed(ink: GraphExtractor, one: Pixels, other: Pixels) -> float:
    """The share of cells that differ."""
    return float((cells(ink, one) != cells(ink, other)).mean())


def test_ink_is_one_and_paper_is_nothing(ink: GraphExtractor) -> None:
    found = cells(ink, sign("X", 0))
    assert set(np.unique(found)) == {0, 1}
    assert 0.1 < found.mean() < 0.6


def test_light_ink_on_dark_paper_counts_the_same(ink: GraphExtractor) -> None:
    for letter in "A4SX":
        np.testing.assert_array_equal(cells(ink, 255 - sign(letter, 1)), cells(ink, sign(letter, 1)))


def test_another_place_makes_no_difference(ink: GraphExtractor) -> None:
    drawn = sign("S", 2)
    elsewhere = cv2.warpAffine(drawn, np.float32([[1, 0, 7], [0, 1, -6]]), (64, 64), borderValue=(255,) * 3)
    assert changed(ink, drawn, np.asarray(elsewhere, np.uint8)) == 0


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_another_size_makes_little_difference(ink: GraphExtractor, scale: float) -> None:
    drawn = sign("4", 3)
    scaled = cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert changed(ink, drawn, np.asarray(scaled, np.uint8)) < 0.13


def test_colours_and_noise_make_little_difference(ink: GraphExtractor) -> None:
    drawn = sign("A", 4)
    tinted = np.rint(np.array([60, 90, 150]) + drawn / 255 * np.array([180, 150, -40])).astype(np.uint8)
    noise = np.random.default_rng(0).normal(0, 30, drawn.shape)
    assert changed(ink, drawn, tinted) < 0.03
    assert changed(ink, drawn, np.clip(drawn + noise, 0, 255).astype(np.uint8)) < 0.1


def test_without_centre_the_cells_are_the_pixels_below_half() -> None:
    whole = create_graph_extractor(
        "ink", {"centre": False, "grid": 64, "threshold": "half", "counts": "dark"}
    )
    drawn = sign("X", 5)
    grey = drawn[..., 0]
    np.testing.assert_array_equal(cells(whole, drawn).reshape(64, 64), grey < 127.5)
    light = create_graph_extractor("ink", {**whole.parameters, "counts": "light"})
    np.testing.assert_array_equal(cells(light, drawn), 1 - cells(whole, drawn))


def test_paper_without_ink_has_none(ink: GraphExtractor) -> None:
    for shade in (0, 255):
        assert not cells(ink, np.full((40, 60, 3), shade, np.uint8)).any()


def test_a_look_shows_where_the_cells_lie_and_how_light_they_are() -> None:
    drawn = np.full((64, 64, 3), 250, np.uint8)
    drawn[20:40, 10:22] = 30
    look = look_at_ink(Ink(), drawn)
    left, top, right, bottom = look.frame
    assert left < 10 < 22 < right
    assert top < 20 < 40 < bottom
    assert (left + right) / 2 == pytest.approx(16, abs=0.1)
    assert (top + bottom) / 2 == pytest.approx(30, abs=0.1)
    np.testing.assert_array_equal(look.ink.ravel(), cells(Ink(), drawn) > 0)
    assert look.grey[look.ink].max() < 150 < look.grey[~look.ink].min()


def test_refuses_what_does_not_go_together() -> None:
    with pytest.raises(InvalidExtractorParameter, match=r"grid divides side_px \(64\) without centre"):
        create_graph_extractor("ink", {"centre": False, "grid": 20})
    with pytest.raises(InvalidExtractorParameter, match="centre is true or false, not yes"):
        create_graph_extractor("ink", {"centre": "yes"})
