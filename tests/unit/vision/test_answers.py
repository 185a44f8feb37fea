"""Asking a classifier, and when a picture is recognised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bundle import layout
from tests.support.model import write_model
from tests.support.pictures import LABELS
from vision.answers import Classifier, ranked, reaches, recognized


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(str(write_model(tmp_path_factory.mktemp("models")) / layout.CLASSIFIER))


def descriptors(rows: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (rows, 128)).astype(np.float32)


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_probabilities_are_one_for_each_label(classifier: Classifier, rows: int) -> None:
    probabilities = classifier.probabilities(descriptors(rows))
    assert (probabilities.shape, probabilities.dtype) == ((len(LABELS),), np.float32)
    assert probabilities.sum() == pytest.approx(1)


def test_a_graph_is_loaded_from_a_file_or_from_its_bytes(tmp_path: Path) -> None:
    file = write_model(tmp_path) / layout.CLASSIFIER
    asked = descriptors(5)
    one, other = (Classifier.load(each).probabilities(asked) for each in (str(file), file.read_bytes()))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("top_k", "got"), [(1, 1), (2, 2), (99, 3)])
def test_labels_are_ranked_by_falling_probability(classifier: Classifier, top_k: int, got: int) -> None:
    asked = descriptors(30)
    found = classifier.recognize(asked, 0.0, top_k)
    probabilities = classifier.probabilities(asked)
    assert [index for index, _ in found.ranking] == ranked(probabilities, top_k)
    assert [share for _, share in found.ranking] == sorted(probabilities.tolist(), reverse=True)[:got]
    assert (found.score, found.is_recognized) == (probabilities.max(), True)


def test_equal_probabilities_keep_the_order_of_the_labels() -> None:
    assert ranked(np.array([0.1, 0.4, 0.1, 0.4], np.float32), 10) == [1, 3, 0, 2]


def test_a_picture_is_recognised_from_the_threshold_on(classifier: Classifier) -> None:
    asked = descriptors(30)
    score = classifier.recognize(asked, 0.0, 1).score
    above = float(np.nextafter(np.float32(score), np.float32(2)))
    assert [classifier.recognize(asked, each, 1).is_recognized for each in (score, above)] == [True, False]


def test_a_picture_without_features_is_never_recognised(classifier: Classifier) -> None:
    found = classifier.recognize(descriptors(0), 0.0, 3)
    assert (found.score, found.is_recognized, len(found.ranking)) == (0, False, 3)


def test_what_travels_as_float32_is_compared_as_float32() -> None:
    # 0.7 in float32 is less than 0.7 in float64, and both sides are rounded the same way.
    assert recognized(np.array([0.7, 0.3], np.float32), 0.7) == 0
    assert recognized(np.array([0.7 - 1e-12, 0.3]), 0.7) == 0
    assert recognized(np.array([0.3, 0.699], np.float32), 0.7) is None
    assert reaches(np.array([0.69, 0.7, 1.0]), 0.7).tolist() == [False, True, True]
