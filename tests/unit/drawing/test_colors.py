"""Histograms have every pixel, and drawings the axes of the course."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drawing.colors import color_plot, draw_channels, draw_pair
from drawing.plot import new_axes
from vision.colors.channels import averaged, channels_of
from vision.colors.histogram import color_histogram


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    """Smooth, so that its histogram has no gaps and no teeth."""
    random = np.random.default_rng(1)
    return np.clip(random.normal((90, 120, 160), (30, 40, 20), (200, 300, 3)), 0, 255).astype(np.uint8)


def test_every_pixel_counts_once(pixels: NDArray[np.uint8]) -> None:
    found = channels_of(pixels)
    assert found is not None
    for channel in range(3):
        assert found.counts[channel] == pytest.approx(
            np.bincount(pixels[..., channel].ravel(), minlength=256)
        )
    expected, _, _ = np.histogram2d(pixels[..., 0].ravel(), pixels[..., 2].ravel(), 64, [(0, 256)] * 2)
    assert found.pairs[1] * found.pixels == pytest.approx(expected)


def test_transparent_pixels_do_not_count(pixels: NDArray[np.uint8]) -> None:
    opacity = np.zeros(pixels.shape[:2], np.uint8)
    assert channels_of(pixels, opacity) is None
    opacity[:100] = 255
    found, upper = channels_of(pixels, opacity), channels_of(pixels[:100])
    assert found is not None
    assert upper is not None
    assert found.single == pytest.approx(upper.single)


def test_every_picture_of_a_folder_has_the_same_weight() -> None:
    dark = channels_of(np.zeros((10, 10, 3), np.uint8))
    light = channels_of(np.full((90, 90, 3), 255, np.uint8))
    assert dark is not None
    assert light is not None
    both = averaged(averaged(dark, light), light)
    assert (both.single[0, 0], both.single[0, 255]) == pytest.approx((1 / 3, 2 / 3))
    assert (both.pictures, both.pixels) == (3, 100 + 2 * 8100)


def test_the_drawn_bars_are_the_counts(pixels: NDArray[np.uint8]) -> None:
    found = channels_of(pixels)
    assert found is not None
    _, axes = new_axes()
    draw_channels(axes, found, bins=32)
    for channel, patch in enumerate(axes.patches[::2]):
        values, edges, _ = patch.get_data()  # type: ignore[attr-defined]
        assert values == pytest.approx(np.histogram(pixels[..., channel], 32, (0, 256))[0])
        assert (edges[0], edges[-1]) == (0, 256)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["red", "green", "blue"]  # type: ignore[union-attr]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == ("value", "pixels", (0, 256))


def test_a_pair_has_its_channels_at_its_axes(pixels: NDArray[np.uint8]) -> None:
    found = channels_of(pixels)
    assert found is not None
    _, axes = new_axes()
    draw_pair(axes, found, 2)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("green", "blue")
    drawn = axes.images[0].get_array()
    assert drawn is not None
    blue, green = np.unravel_index(np.ma.filled(drawn, 0).argmax(), drawn.shape)
    assert abs(4 * green - 120) < 20
    assert abs(4 * blue - 160) < 20


def test_a_picture_of_one_colour_can_be_drawn() -> None:
    flat = np.full((20, 20, 3), 200, np.uint8)
    found = channels_of(flat)
    assert found is not None
    plot = color_plot(found, color_histogram(flat), "flat")
    assert "means: red 200, green 200, blue 200" in plot.alt
    assert ">OKLab, 1 colours</text>" in plot.svg
