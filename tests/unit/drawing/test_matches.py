"""What is drawn of keypoints and matches: how many lines, where, and nothing outside its picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drawing.keypoints import legible, with_keypoints
from drawing.matches import DrawnMatches, draw_matches
from vision.matching import Agreement

GREEN = np.array([60, 220, 60])
CORNERS = np.array([[-60.0, -60.0], [300.0, -40.0], [260.0, 200.0], [-40.0, 260.0]])
"""Of a picture that is larger than the photo that shows it."""


def matched(points: int, outline: NDArray[np.float64] | None, side: int = 240) -> DrawnMatches:
    """Two grey pictures of 240 × 160 and `side` × `side` pixels with 400 pairs, of which some agree."""
    random = np.random.default_rng(0)
    left = np.full((160, 240, 3), 128, np.uint8)
    right = np.full((side, side, 3), 128, np.uint8)
    here = random.uniform(0, 160, (400, 4)).astype(np.float32)
    there = random.uniform(0, side, (400, 4)).astype(np.float32)
    pairs = np.stack([np.arange(400), np.arange(400)], axis=1)
    agrees = np.arange(400) < points
    return draw_matches(left, right, here, there, Agreement(points, outline, "", None, pairs, agrees), 8)


def green(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(pixels.astype(int) - GREEN).max(axis=2) < 40)


def test_the_outline_stays_in_its_picture() -> None:
    drawn = matched(8, CORNERS)
    assert drawn.outline is not None
    assert np.allclose(drawn.outline, 2 * CORNERS + np.array([496, 0]))
    # The left picture and the gap have lines of matches only, thin ones: no bar.
    left = green(drawn.pixels[:, :496])
    assert left.sum(axis=0).max() <= 16
    assert green(drawn.pixels[:, 496:])[:, 200:].any()


def test_where_too_little_agrees_no_outline_is_drawn() -> None:
    drawn = matched(7, CORNERS)
    assert drawn.outline is None
    assert (drawn.agreeing, drawn.stray) == (7, 60)


def test_very_many_lines_are_drawn_in_part() -> None:
    drawn = matched(400, None)
    assert (drawn.agreeing, drawn.stray) == (120, 0)


def test_small_pictures_are_enlarged_and_large_ones_left() -> None:
    assert matched(0, None, side=600).pixels.shape == (600, 480 + 16 + 600, 3)


def test_circles_do_not_hide_each_other() -> None:
    """A dense grid whose circles overlap eightfold: those that are drawn hardly touch."""
    y, x = np.mgrid[8:248:8, 8:248:8]
    grid = np.stack([x.ravel(), y.ravel(), np.full(x.size, 32), np.full(x.size, -1)], axis=1)
    keypoints = grid.astype(np.float32)
    chosen = keypoints[legible(keypoints)]
    apart = np.hypot(*(chosen[:, None, :2] - chosen[None, :, :2]).transpose(2, 0, 1))
    assert 100 <= len(chosen) <= 225
    assert apart[apart > 0].min() >= 16
    drawn = with_keypoints(np.zeros((256, 256, 3), np.uint8), keypoints)
    assert (drawn.max(axis=2) > 60).mean() < 0.45


def test_no_keypoints_change_nothing() -> None:
    blank = np.zeros((20, 20, 3), np.uint8)
    assert (with_keypoints(blank, np.zeros((0, 4), np.float32)) == blank).all()
