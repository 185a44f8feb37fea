"""Settings of classifiers that change what is learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from training.classifiers import ClassifierSettings, learn_classifier, score

RANDOM = np.random.default_rng(0)


def settings(**given: Any) -> ClassifierSettings:
    found: ClassifierSettings = TypeAdapter[Any](ClassifierSettings).validate_python(given)
    return found


def answers(learnt: ClassifierSettings, features: np.ndarray, targets: np.ndarray, asked: np.ndarray) -> Any:
    estimator = learn_classifier(learnt, features.astype(np.float32), targets, 0)
    return score(estimator, asked.astype(np.float32)).argmax(axis=1)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "linear_svm", "C": 0.1},
        {"name": "rbf_svm", "C": 0.1},
        {"name": "poly_svm", "C": 0.1},
        {"name": "logistic_regression", "C": 0.1},
        {"name": "decision_tree", "depth": 1},
        {"name": "random_forest", "depth": 2, "trees": 51},
    ],
    ids=lambda given: str(given["name"]),
)
def test_balanced_weights_find_more_of_a_rare_class(given: dict[str, Any]) -> None:
    features = np.concatenate([RANDOM.normal(0, 1, (300, 2)), RANDOM.normal(1.5, 1, (15, 2))])
    targets = np.repeat([0, 1], [300, 15])
    rare = RANDOM.normal(1.5, 1, (300, 2))
    plain, balanced = (
        answers(settings(**given, class_weight=weight), features, targets, rare).mean()
        for weight in ("none", "balanced")
    )
    assert balanced > plain + 0.2


def test_a_polynomial_tells_a_ring_from_its_middle() -> None:
    angles = RANDOM.uniform(0, 2 * np.pi, 100)
    ring = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    features = np.concatenate([ring, RANDOM.normal(0, 0.5, (100, 2))])
    targets = np.repeat([0, 1], 100)
    assert (answers(settings(name="poly_svm"), features, targets, features) == targets).mean() > 0.98
    assert (answers(settings(name="linear_svm"), features, targets, features) == targets).mean() < 0.8


def test_the_metric_says_which_neighbour_is_near() -> None:
    features, targets = np.array([[13.0, 10.0], [11.0, 12.5], [20.0, 20.0]]), np.array([0, 1, 2])
    asked = np.array([[10.0, 10.0]])
    nearest = {
        metric: answers(settings(name="knn", neighbors=1, metric=metric), features, targets, asked)[0]
        for metric in ("euclidean", "manhattan", "cosine")
    }
    assert nearest == {"manhattan": 0, "euclidean": 1, "cosine": 2}


def test_a_vector_without_direction_is_answered() -> None:
    learnt = settings(name="knn", neighbors=1, metric="cosine")
    assert answers(learnt, np.eye(2), np.array([0, 1]), np.zeros((1, 2))).tolist() == [0]


def test_an_unknown_metric_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValidationError, match="'euclidean', 'manhattan' or 'cosine'"):
        settings(name="knn", metric="hamming")
