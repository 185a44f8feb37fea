from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import moment
from skimage import data as photographs
from skimage.color import rgb2lab

from training.graphs.extractors.registry import create_graph_extractor
from vision.extractors import GlobalFeatures

RANGES = {
    "rgb": [(0, 256), (0, 256), (0, 256)],
    "hsv": [(0, 360), (0, 1), (0, 1)],
    "lab": [(0, 100), (-128, 128), (-128, 128)],
}


@pytest.fixture(scope="module")
def square() -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(photographs.coffee(), (128, 128), interpolation=cv2.INTER_AREA), np.uint8)


def vector(name: str, parameters: dict[str, object], pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    features = create_graph_extractor(name, parameters).extract(pixels)  # type: ignore[arg-type]
    assert isinstance(features, GlobalFeatures)
    return features.values


def in_space(pixels: NDArray[np.uint8], space: str) -> NDArray[np.float64]:
    if space == "lab":
        return np.asarray(rgb2lab(pixels), np.float64)
    if space == "hsv":
        shares = pixels.astype(np.float32) / 255
        return np.asarray(cv2.cvtColor(shares, cv2.COLOR_RGB2HSV), np.float64)
    return pixels.astype(np.float64)


@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
@pytest.mark.parametrize("bins", [4, 8])
def test_counts_colours_as_numpy_does(space: str, bins: int, square: NDArray[np.uint8]) -> None:
    found = vector("color_histogram", {"space": space, "bins": bins}, square)
    expected, _ = np.histogramdd(in_space(square, space).reshape(-1, 3), bins, RANGES[space])
    # In RGB all numbers are whole. Hues and saturations of bytes are often exactly on a border between bins.
    assert np.abs(found - expected.ravel() / 128**2).sum() < {"rgb": 1e-6, "hsv": 0.02, "lab": 2e-3}[space]


def test_counts_each_channel_and_each_pair(square: NDArray[np.uint8]) -> None:
    pixels = square.reshape(-1, 3)
    alone = [np.histogram(pixels[:, each], 16, (0, 256))[0] for each in range(3)]
    found = vector("color_histogram", {"axes": 1, "bins": 16, "values": "counts"}, square)
    np.testing.assert_array_equal(found, np.concatenate(alone))
    pairs = [
        np.histogram2d(pixels[:, a], pixels[:, b], 6, [(0, 256)] * 2)[0].ravel()
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    found = vector("color_histogram", {"axes": 2, "bins": 6, "values": "counts"}, square)
    np.testing.assert_array_equal(found, np.concatenate(pairs))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_counts_cell_by_cell(axes: int, square: NDArray[np.uint8]) -> None:
    parameters = {"axes": axes, "bins": 4, "values": "counts"}
    cells = vector("color_histogram", {**parameters, "grid": 2}, square).reshape(4, -1)
    quarter = cv2.resize(square[64:, :64], (128, 128), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(4 * cells[2], vector("color_histogram", parameters, quarter))


@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
def test_colour_moments_are_those_of_scipy(space: str, square: NDArray[np.uint8]) -> None:
    ranges = np.array(RANGES[space])
    shares = in_space(square, space).reshape(-1, 3) / (ranges[:, 1] - ranges[:, 0])
    skew = np.cbrt(moment(shares, 3))
    beyond_rounding = np.sign(skew) * np.maximum(np.abs(skew) - np.cbrt(1e-8), 0)
    expected = np.stack([shares.mean(axis=0), shares.std(axis=0), beyond_rounding], axis=1)
    found = vector("color_moments", {"space": space}, square)
    np.testing.assert_allclose(found, expected.ravel(), atol=1e-3)


def test_pixels_are_shares_of_white(square: NDArray[np.uint8]) -> None:
    small = cv2.resize(square, (20, 20), interpolation=cv2.INTER_AREA)
    colours = vector("pixels", {"side_px": 20, "channels": "rgb"}, small)
    np.testing.assert_allclose(colours, small.transpose(2, 0, 1).ravel() / 255, atol=1e-6)
    found = vector("pixels", {"side_px": 20}, small)
    np.testing.assert_allclose(found, (small @ [0.299, 0.587, 0.114]).ravel() / 255, atol=1e-6)


@pytest.mark.parametrize("make", [photographs.page, photographs.coins, photographs.astronaut])
def test_binarises_at_the_threshold_of_otsu(make: object) -> None:
    picture = make()  # type: ignore[operator]
    colours = picture if picture.ndim == 3 else np.stack([picture] * 3, axis=-1)
    small = cv2.resize(colours, (64, 64), interpolation=cv2.INTER_AREA)
    gray = np.floor(small @ [0.299, 0.587, 0.114] + 0.5).astype(np.uint8)
    _, expected = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    found = vector("binary_pixels", {"side_px": 64}, small)
    np.testing.assert_array_equal(found, expected.ravel())


def test_binarises_at_a_fixed_threshold(square: NDArray[np.uint8]) -> None:
    found = vector("binary_pixels", {"side_px": 128, "method": "fixed", "threshold": 99}, square)
    gray = np.floor(square @ [0.299, 0.587, 0.114] + 0.5)
    np.testing.assert_array_equal(found, (gray > 99).ravel())
