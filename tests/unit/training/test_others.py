"""Machines of one label against the rest also learn to refuse what has no label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from export.classifier.matrices import build_kernel_machines, build_linear_machines
from training.classifiers import ClassifierSettings, learn_classifier, score
from training.graphs.session import GraphSession
from training.openset.heldout import dealt_folds
from training.openset.strangers import kinds_of_drawn

RANDOM = np.random.default_rng(0)
BUILD = {
    "linear_svm": build_linear_machines,
    "rbf_svm": build_kernel_machines,
    "poly_svm": build_kernel_machines,
}


CENTERS = 2 * np.eye(6)
STRANGE = CENTERS[0] + 1.5 * CENTERS[5]


def around(center: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    return RANDOM.normal(center, 0.2, (count, 6)).astype(np.float32)


def settings(name: str, **others: Any) -> ClassifierSettings:
    found: ClassifierSettings = TypeAdapter[Any](ClassifierSettings).validate_python({"name": name, **others})
    return found


@pytest.mark.parametrize("labels", [2, 4])
@pytest.mark.parametrize("name", BUILD)
def test_strangers_like_those_learnt_from_are_refused(name: str, labels: int) -> None:
    features = np.concatenate([around(each, 20) for each in CENTERS[:labels]])
    targets = np.repeat(np.arange(labels), 20)
    learnt, asked = around(STRANGE, 20), around(STRANGE, 20)
    plain = learn_classifier(settings(name), features, targets, 0)
    wary = learn_classifier(settings(name), features, targets, 0, learnt)
    assert score(wary, features).shape == (20 * labels, labels)
    assert wary.classes_.tolist() == list(range(labels))
    assert (wary.classes_[score(wary, features).argmax(axis=1)] == targets).all()
    refused = score(wary, asked).max(axis=1)
    assert refused.max() < score(wary, features).max(axis=1).min()
    assert refused.mean() < score(plain, asked).max(axis=1).mean()
    graph = GraphSession(BUILD[name](wary, 6).SerializeToString())
    found = np.concatenate([graph.run(each[None]) for each in asked])
    np.testing.assert_allclose(found, score(wary, asked), atol=1e-4)


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("name", BUILD)
def test_a_single_label_is_told_from_strangers(name: str, label: int) -> None:
    features, asked = around(CENTERS[label], 20), around(CENTERS[label], 20)
    alone = learn_classifier(settings(name), features, np.full(20, label), 0, around(STRANGE, 20))
    assert alone.classes_.tolist() == [label]
    known, strangers = score(alone, asked), score(alone, around(STRANGE, 20))
    assert known.shape == strangers.shape == (20, 1)
    assert known.min() > 0 > strangers.max()


def test_classifiers_that_share_out_one_probability_learn_from_the_labels_alone() -> None:
    features, targets = np.concatenate([around(each, 9) for each in CENTERS[:2]]), np.repeat([0, 1], 9)
    forest = learn_classifier(settings("random_forest", trees=9), features, targets, 0, around(STRANGE, 9))
    assert forest.classes_.tolist() == [0, 1]


def test_no_fold_learns_from_the_kind_of_drawing_that_it_is_asked_about() -> None:
    kinds, folds = kinds_of_drawn(80), dealt_folds(80, 5)
    assert set(kinds.tolist()) == {0, 1, 2, 3}
    for kind in range(4):
        assert len(set(folds[kinds == kind].tolist())) == 1
