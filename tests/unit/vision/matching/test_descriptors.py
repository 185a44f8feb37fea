from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.extractors.features import DescriptorType
from vision.matching import nearest_pairs
from vision.matching.descriptors import nearest_in_each, nearest_of_each

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize("ratio", [0.7, 0.85])
@pytest.mark.parametrize("sizes", [(60, 80), (3000, 160), (1, 2)])
def test_agrees_with_a_brute_force_matcher(sizes: tuple[int, int], ratio: float) -> None:
    first = RANDOM.integers(0, 256, (sizes[0], 16)).astype(np.uint8)
    second = RANDOM.integers(0, 256, (sizes[1], 16)).astype(np.uint8)
    nearest = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first.astype(np.float32), second.astype(np.float32), k=2)
    expected = [(a.queryIdx, a.trainIdx) for a, b in nearest if a.distance < ratio * b.distance]
    assert nearest_pairs(first, second, "uint8", ratio=ratio).tolist() == [list(each) for each in expected]


@pytest.mark.parametrize("width", [32, 61])
def test_compares_binary_descriptors_by_their_bits(width: int) -> None:
    first = RANDOM.integers(0, 256, (50, width)).astype(np.uint8)
    second = RANDOM.integers(0, 256, (70, width)).astype(np.uint8)
    second[:10] = first[:10] ^ np.uint8(1)
    nearest = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(first, second, k=2)
    expected = [[a.queryIdx, a.trainIdx] for a, b in nearest if a.distance < 0.8 * b.distance]
    assert expected[:10] == [[each, each] for each in range(10)]
    assert nearest_pairs(first, second, "binary", ratio=0.8).tolist() == expected


def test_mutual_pairs_are_each_others_nearest() -> None:
    first = np.array([[0, 0], [2, 0], [50, 50]], np.float32)
    second = np.array([[0.5, 0], [90, 90], [50, 51]], np.float32)
    assert nearest_pairs(first, second, "float32", mutual=True).tolist() == [[0, 0], [2, 2]]
    assert nearest_pairs(first, second, "float32").tolist() == [[0, 0], [1, 0], [2, 2]]


def test_mutual_pairs_do_not_depend_on_how_the_table_is_cut() -> None:
    first = RANDOM.normal(size=(5000, 8)).astype(np.float32)
    second = RANDOM.normal(size=(60, 8)).astype(np.float32)
    pairs = nearest_pairs(first, second, "float32", ratio=0.95, mutual=True)
    table = np.linalg.norm(first[:, None] - second[None], axis=2)
    assert all(table[:, there].argmin() == here for here, there in pairs)
    assert len(pairs) > 5


@pytest.mark.parametrize("kind", ["uint8", "binary"])
def test_several_pictures_are_compared_as_each_alone(kind: DescriptorType) -> None:
    first = RANDOM.integers(0, 256, (70, 32)).astype(np.uint8)
    pictures = [RANDOM.integers(0, 256, (count, 32)).astype(np.uint8) for count in (40, 1, 0, 90)]
    together = nearest_in_each(first, pictures, kind, ratio=0.9)
    for picture, (pairs, passed) in zip(pictures, together, strict=True):
        alone, passed_alone = nearest_of_each(first, picture, kind, ratio=0.9)
        assert np.array_equal(pairs, alone)
        assert np.array_equal(passed, passed_alone)
    assert [len(pairs) for pairs, _ in together] == [70, 0, 0, 70]


def test_needs_two_descriptors_to_compare_with() -> None:
    one, many = np.zeros((1, 4), np.uint8), np.zeros((5, 4), np.uint8)
    assert nearest_pairs(many, one, "uint8").shape == (0, 2)
    assert nearest_pairs(one[:0], many, "uint8").shape == (0, 2)
