from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from training.classifiers.templates import TemplateClassifier, TemplateSettings


@pytest.mark.slow
def test_is_an_estimator_as_scikit_learn_wants_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        checked = check_estimator(TemplateClassifier(), on_fail=None)
    assert len(checked) > 40
    assert [each["check_name"] for each in checked if each["status"] == "failed"] == []


@pytest.mark.parametrize("shared", [1.0, 2.0])
def test_scores_count_shared_ink_and_cells_that_differ(shared: float) -> None:
    rng = np.random.default_rng(0)
    pictures, targets = rng.integers(0, 2, (9, 30)), np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
    asked = rng.integers(0, 2, (4, 30))
    summed = TemplateClassifier("sum", shared).fit(pictures, targets).decision_function(asked)
    for row, picture in zip(summed, asked, strict=True):
        for label in range(3):
            templates = pictures[targets == label]
            points = shared * (templates & picture).sum() - (templates != picture).sum()
            assert row[label] == pytest.approx(points / 30, abs=1e-6)
    mean = TemplateSettings(shared=shared).fit(pictures.astype(np.float32), targets, 0)
    np.testing.assert_allclose(mean.decision_function(asked) * [4, 3, 2], summed, atol=1e-5)
    np.testing.assert_allclose(mean.templates_[2], pictures[7:].mean(axis=0))


def test_two_labels_have_the_half_of_the_difference() -> None:
    pictures, targets = np.eye(4)[[0, 0, 3]], np.array([0, 0, 1])
    fitted = TemplateClassifier().fit(pictures, targets)
    # 2 for the cell in common and nothing else; against −2 for the two that differ.
    np.testing.assert_allclose(fitted.decision_function(np.eye(4)[[3, 0]]), [0.5, -0.5])
    assert fitted.predict(np.eye(4)[[3, 0]]).tolist() == [1, 0]
