"""HOG, LBP, SIFT's cells and visual words are those that extractors and encoders compute."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.pictures import draw
from training.graphs.encoders.bovw import build_bovw
from training.graphs.extractors.hog import Hog
from training.graphs.extractors.lbp import LocalBinaryPatterns
from vision.extractors import LocalFeatures, create_extractor
from vision.graph import FeatureGraph
from vision.inference import open_session
from vision.inspection.cells import hog_cells, lbp_codes
from vision.inspection.patches import direction_bins, keypoint_patch, patch_gradients
from vision.inspection.support import cells_of, support_of_rows, support_of_squares
from vision.inspection.words import nearest_words, word_shares


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    return cv2.resize(draw("circles", 3)[..., ::-1].copy(), (128, 128), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rounded as the graphs do, which OpenCV does a little differently."""
    return np.asarray((pixels.astype(int) @ [299, 587, 114] + 500) // 1000, np.uint8)


def extracted(extractor: Hog | LocalBinaryPatterns, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    found = FeatureGraph.load(extractor.model().SerializeToString()).extract(pixels)
    assert not isinstance(found, LocalFeatures)
    return found.values


def test_hog_cells_are_those_of_the_extractor(pixels: NDArray[np.uint8], gray: NDArray[np.uint8]) -> None:
    def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(rows / np.sqrt((rows**2).sum(axis=1, keepdims=True) + 1e-10), np.float32)

    cells = hog_cells(gray, 16)
    assert cells.shape == (8, 8, 9)
    normalised = unit(np.minimum(unit(cells.reshape(-1, 9)), 0.2))
    of_graph = extracted(Hog(side_px=128, cell_px=16, block_cells=1), pixels)
    assert np.abs(normalised.ravel() - of_graph).max() < 1e-3


def test_lbp_codes_are_those_of_the_extractor(pixels: NDArray[np.uint8], gray: NDArray[np.uint8]) -> None:
    graph = LocalBinaryPatterns(side_px=128, radii_px=(1,), patterns="all", values="counts")
    assert np.bincount(lbp_codes(gray).ravel(), minlength=256).tolist() == extracted(graph, pixels).tolist()


@pytest.mark.parametrize(("turn", "direction"), [(0, 0), (1, 2), (2, 4), (3, 6)])
def test_directions_of_a_descriptor_count_from_the_right_upwards(turn: int, direction: int) -> None:
    """A picture that is lighter at the right, turned counter-clockwise by quarters."""
    ramp = np.rot90(np.tile(np.linspace(20, 220, 64), (64, 1)), turn).astype(np.uint8)
    _, (descriptor,) = cv2.SIFT_create().compute(ramp.copy(), [cv2.KeyPoint(32, 32, 6, 0)])
    bins = direction_bins(descriptor.astype(np.float32))
    assert bins is not None
    assert bins.sum(axis=(0, 1)).argmax() == direction


def test_the_patch_of_a_turned_keypoint_is_upright() -> None:
    """A bar that runs down and right, whose keypoint points along it, becomes horizontal."""
    picture = np.zeros((100, 100), np.uint8)
    cv2.line(picture, (10, 10), (90, 90), 255, 5)
    patch = keypoint_patch(picture, np.array([50, 50, 10, 45], np.float32), 40)
    rows = patch.astype(float).mean(axis=1)
    assert patch.shape == (40, 40)
    assert 18 <= rows.argmax() <= 22
    assert rows[:10].max() < 0.1 * rows.max()
    gradients = patch_gradients(patch, 8)
    assert np.abs(gradients[..., 1]).sum() > 5 * np.abs(gradients[..., 0]).sum()


@pytest.mark.parametrize("name", ["rootsift", "orb"])
def test_words_are_those_that_the_encoder_counts(name: str) -> None:
    extractor = create_extractor(name, {})
    found = extractor.extract(draw("grid", 1)[..., ::-1].copy())
    binary = extractor.descriptor_type == "binary"
    elements = np.unpackbits(found.descriptors, axis=1) if binary else found.descriptors
    codebook = elements[:: max(1, len(found) // 12)][:12].astype(np.float32)
    words = nearest_words(found.descriptors, codebook, binary=binary)
    session = open_session(build_bovw(codebook, "counts", binary=binary).SerializeToString())
    [[counts]] = session.run(None, {"descriptors": found.descriptors.astype(np.float32)})
    assert np.bincount(words, minlength=12).tolist() == counts.tolist()
    assert word_shares(words, 12).sum() == pytest.approx(1)


def test_no_descriptors_have_no_words() -> None:
    words = nearest_words(np.zeros((0, 128), np.uint8), np.ones((3, 128), np.float32), binary=False)
    assert word_shares(words, 3).tolist() == [0, 0, 0]


def test_what_supports_a_label_is_what_it_loses_without() -> None:
    """Each row votes for one label by its only element; three of four speak for label 1."""

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        odds = np.exp(rows.sum())
        return np.array([1 / (1 + odds), odds / (1 + odds)])

    rows = np.array([[1.0], [2.0], [-0.5], [1.0]], np.float32)
    parts = [np.arange(4) == each for each in range(4)]
    assert support_of_rows(classify, rows, parts, 1, 0) == pytest.approx([1, 2, -0.5, 1], abs=1e-5)
    nothing = [np.zeros(4, np.bool_)]
    assert support_of_rows(classify, rows, nothing, 1, 0).tolist() == [0]


def test_a_square_that_decides_is_found() -> None:
    def classify(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        share = 0.1 + 0.8 * float(pixels.max()) / 255
        return np.array([1 - share, share])

    picture = np.zeros((60, 90, 3), np.uint8)
    picture[25, 70] = 255
    found = support_of_squares(classify, picture, 3, 1, 0)
    assert np.unravel_index(found.argmax(), found.shape) == (1, 2)
    assert np.count_nonzero(np.abs(found) > 1e-9) == 1


def test_keypoints_at_the_edge_are_in_the_last_cell() -> None:
    assert cells_of(np.array([[100, 50, 1, 0]], np.float32), (100, 50), 4).tolist() == [15]
