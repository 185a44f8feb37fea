"""The values between descriptors and probabilities are those of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from explanation.recognizer import classifier_file
from explanation.stages import read_interior
from training.classifiers.scores import score

BOVW = '{"name": "bovw", "words": 20}'
VLAD = '{"name": "vlad", "words": 6, "components": 8}'
SVM = '{"name": "linear_svm"}'


def looked(fitted: Callable[[str, str], Any], photo: bytes, encoder: str, classifier: str) -> Any:
    """A model, and what happens in it for the photo."""
    model = fitted(encoder, classifier)
    rows = model.recognizer.look(photo).rows
    return model, read_interior(classifier_file(model.recognizer)).stages(rows)


@pytest.mark.parametrize(("encoder", "size"), [(BOVW, 20), (VLAD, 48)])
def test_the_vector_is_the_encoder_s(fitted: Any, photo: bytes, encoder: str, size: int) -> None:
    _, stages = looked(fitted, photo, encoder, SVM)
    assert stages.vector.shape == (size,)
    assert np.abs(stages.vector).max() > 0


@pytest.mark.parametrize(
    ("classifier", "are_margins"),
    [
        (SVM, True),
        ('{"name": "rbf_svm"}', True),
        ('{"name": "naive_bayes"}', True),
        ('{"name": "random_forest", "trees": 15}', False),
    ],
)
def test_scores_are_those_of_the_classifier(
    fitted: Any, photo: bytes, classifier: str, are_margins: bool
) -> None:
    model, stages = looked(fitted, photo, BOVW, classifier)
    expected = score(model.estimator, stages.vector[None])[0]
    found = stages.scores if are_margins else np.log(np.maximum(stages.scores, 1e-4))
    assert stages.are_margins is are_margins
    assert found == pytest.approx(expected, abs=1e-4)


def test_trees_vote_as_in_the_forest(fitted: Any, photo: bytes) -> None:
    model, stages = looked(fitted, photo, BOVW, '{"name": "random_forest", "trees": 15}')
    votes = [int(tree.predict(stages.vector[None])[0]) for tree in model.estimator.estimators_]
    assert stages.trees.tolist() == np.bincount(votes, minlength=3).tolist()


def test_boosted_trees_have_no_votes(fitted: Any, photo: bytes) -> None:
    _, stages = looked(fitted, photo, BOVW, '{"name": "gradient_boosting", "rounds": 3}')
    assert stages.trees is None


def test_neighbours_are_the_nearest_training_pictures(fitted: Any, photo: bytes) -> None:
    model, stages = looked(fitted, photo, BOVW, '{"name": "knn", "neighbors": 4}')
    distances, rows = model.estimator.kneighbors(stages.vector[None])
    assert [each.label for each in stages.neighbours] == (rows[0] // 5).tolist()
    assert [each.distance for each in stages.neighbours] == pytest.approx(distances[0], abs=0.02)


def test_members_of_a_vote_are_heard(fitted: Any, photo: bytes) -> None:
    table = '{"name": "vote", "members": [{"name": "knn", "neighbors": 3}, {"name": "decision_tree"}]}'
    model, stages = looked(fitted, photo, BOVW, table)
    expected = [member.predict_proba(stages.vector[None])[0] for member in model.estimator.members]
    assert stages.members == pytest.approx(np.array(expected), abs=1e-4)


def test_a_graph_of_other_makers_has_no_stages(verifying: Any) -> None:
    from explanation.recognizer import open_recognizer

    _, write = verifying
    recognizer = open_recognizer(write("foreign"))
    interior = read_interior(classifier_file(recognizer))
    stages = interior.stages(np.zeros((3, 128), np.float32))
    assert (interior.codebook, stages.vector, stages.scores, stages.members) == (None, None, None, None)
