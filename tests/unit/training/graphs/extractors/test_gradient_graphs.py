from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data as photographs
from skimage.feature import hog as skimage_hog
from skimage.feature import local_binary_pattern

from training.graphs.extractors.dense_sift import TURNS, Turn, turned_rows
from training.graphs.extractors.registry import create_graph_extractor
from vision.errors import InvalidExtractorParameter
from vision.extractors import GlobalFeatures, LocalFeatures


@pytest.fixture(scope="module")
def square() -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(photographs.astronaut(), (256, 256), interpolation=cv2.INTER_AREA), np.uint8)


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(pixels @ np.array([0.299, 0.587, 0.114]), np.float64)


def vector(name: str, parameters: dict[str, object], pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    features = create_graph_extractor(name, parameters).extract(pixels)  # type: ignore[arg-type]
    assert isinstance(features, GlobalFeatures)
    return features.values


def dense(parameters: dict[str, object], pixels: NDArray[np.uint8]) -> LocalFeatures:
    features = create_graph_extractor("dense_sift", parameters).extract(pixels)  # type: ignore[arg-type]
    assert isinstance(features, LocalFeatures)
    return features


@pytest.mark.parametrize(("cell", "least"), [(6, 0.96), (8, 0.97), (12, 0.97), (16, 0.97)])
def test_dense_sift_is_near_sift_on_the_same_grid(cell: int, least: float, square: NDArray[np.uint8]) -> None:
    features = dense({"cells_px": [cell], "normalisation": "sift", "contrast": 0}, square)
    grid = [cv2.KeyPoint(float(x), float(y), float(size), 0.0) for x, y, size, _ in features.keypoints]
    _, expected = cv2.SIFT.create().compute(cv2.cvtColor(square, cv2.COLOR_RGB2GRAY), grid)
    found = features.descriptors.astype(np.float64)
    cosines = (found * expected).sum(axis=1) / (
        np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    )
    assert np.nanmean(cosines) > least


def test_dense_sift_covers_the_picture_at_each_scale(square: NDArray[np.uint8]) -> None:
    features = dense({"cells_px": [8, 16]}, square[:, :128])
    x, y, size, angle = features.keypoints.T
    assert len(features) == 28**2 + 12**2
    assert set(np.round(size * 1.5 / 0.5**0.5).astype(int)) == {8, 16}
    assert (angle == 0).all()
    np.testing.assert_allclose([x.min(), x.max()], [19 / 2, 235 / 2])
    np.testing.assert_allclose([y.min(), y.max()], [19, 235])


@pytest.mark.parametrize(("side_px", "largest"), [(16, 3), (64, 13), (69, 14)])
def test_dense_sift_without_a_cell_that_fits_is_refused(side_px: int, largest: int) -> None:
    assert len(dense({"side_px": side_px, "cells_px": [largest]}, np.zeros((9, 9, 3), np.uint8)))
    for cells in ([largest + 1], [largest + 1, 64]):
        with pytest.raises(InvalidExtractorParameter, match=f"cells_px has none of {largest} or less"):
            create_graph_extractor("dense_sift", {"side_px": side_px, "cells_px": cells})


def test_dense_rootsift_is_the_root_of_dense_sift(square: NDArray[np.uint8]) -> None:
    plain = dense({"normalisation": "sift"}, square).descriptors.astype(np.float64)
    rooted = dense({}, square).descriptors.astype(np.float64)
    expected = 512 * np.sqrt(plain / np.maximum(plain.sum(axis=1, keepdims=True), 1))
    unclipped = (plain < 255).all(axis=1)
    # Plain bins were rounded already: the root of a small one is uncertain.
    assert np.abs(np.minimum(expected, 255) - rooted)[unclipped].mean() < 3
    assert 500 < np.median(np.linalg.norm(rooted, axis=1)) < 520


def test_dense_sift_is_silent_where_the_picture_is_plain(square: NDArray[np.uint8]) -> None:
    half = square.copy()
    half[:, :128] = 90
    features = dense({}, half)
    inside = features.keypoints[:, 0] + 2 * 1.5 * features.keypoints[:, 2] < 120
    assert not features.descriptors[inside].any()
    assert features.descriptors[~inside].any(axis=1).mean() > 0.5


@pytest.mark.parametrize(
    ("side", "cell", "block", "orientations"),
    [(128, 16, 2, 9), (128, 8, 3, 9), (100, 12, 2, 6), (64, 8, 1, 10)],
)
def test_hog_is_that_of_scikit_image(
    side: int, cell: int, block: int, orientations: int, square: NDArray[np.uint8]
) -> None:
    small = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)
    whole = (small.astype(np.int64) @ [299, 587, 114] + 500) // 1000
    expected = skimage_hog(whole, orientations, (cell, cell), (block, block), block_norm="L2-Hys")
    found = vector(
        "hog",
        {"side_px": side, "cell_px": cell, "block_cells": block, "orientations": orientations},
        small,
    )
    np.testing.assert_allclose(found, expected, atol=2e-4)


def reference_codes(pixels: NDArray[np.uint8], radius: int, method: str) -> NDArray[np.int64]:
    whole = np.floor(luma(pixels) + 0.5).astype(np.uint8)
    padded = np.pad(whole, radius, mode="edge")
    codes = local_binary_pattern(padded, 8, radius, method)
    return codes[radius:-radius, radius:-radius].astype(np.int64)


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_lbp_codes_are_those_of_scikit_image(radius: int, square: NDArray[np.uint8]) -> None:
    expected = np.bincount(reference_codes(square, radius, "default").ravel(), minlength=256) / 65536
    found = vector("lbp", {"radii_px": [radius], "patterns": "all"}, square)
    # Where all points are equal, rounding decides in scikit-image.
    assert np.abs(found - expected).sum() < 0.01


def test_rotation_invariant_lbp_is_that_of_scikit_image(square: NDArray[np.uint8]) -> None:
    expected = np.bincount(reference_codes(square, 2, "uniform").ravel(), minlength=10) / 65536
    found = vector("lbp", {"radii_px": [2], "patterns": "rotation_invariant"}, square)
    assert np.abs(found - expected).sum() < 0.01


def test_uniform_lbp_has_a_bin_for_each_pattern_of_two_changes(square: NDArray[np.uint8]) -> None:
    codes = vector("lbp", {"radii_px": [1], "patterns": "all", "values": "counts"}, square)
    found = vector("lbp", {"radii_px": [1], "values": "counts"}, square)
    ring = [f"{code:08b}" for code in range(256)]
    uniform = [sum(a != b for a, b in zip(each, each[-1] + each, strict=False)) <= 2 for each in ring]
    np.testing.assert_array_equal(found[:58], codes[uniform])
    assert found[58] == codes[~np.array(uniform)].sum()


def test_lbp_counts_cell_by_cell(square: NDArray[np.uint8]) -> None:
    parameters = {"radii_px": [1], "patterns": "all", "values": "counts"}
    whole = vector("lbp", parameters, square)
    cells = vector("lbp", {**parameters, "grid": 2}, square).reshape(4, 256)
    np.testing.assert_array_equal(cells.sum(axis=0), whole)
    assert (cells.sum(axis=1) == 128**2).all()
    roots = vector("lbp", {**parameters, "values": "roots"}, square)
    np.testing.assert_allclose(roots, np.sqrt(whole / 65536), rtol=1e-6)


TURNED: dict[Turn, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "flipped": np.flipud,
    "upside_down": partial(np.rot90, k=2),
    "left": np.rot90,
    "right": partial(np.rot90, k=-1),
    "mirrored": np.fliplr,
}


@pytest.mark.parametrize("turn", TURNS)
def test_turned_descriptors_are_those_of_the_turned_picture(turn: Turn, square: NDArray[np.uint8]) -> None:
    # Seven cells of 8 pixels just fill this side: the grid lies on itself when it is turned.
    parameters: dict[str, object] = {"cells_px": [8], "side_px": 63, "places": "append"}
    pixels = np.ascontiguousarray(square[40:103, 90:153])
    turned = TURNED[turn]
    found = turned_rows(dense(parameters, pixels).descriptors.astype(np.uint8), turn).reshape(4, 4, -1)
    expected = dense(parameters, np.ascontiguousarray(turned(pixels))).descriptors.reshape(4, 4, -1)
    laid = turned(found)
    assert np.abs(laid.astype(int) - expected).max() <= 2
    assert np.abs(found.astype(int) - expected).max() > 50
