"""Kernel machines that share their kernel, compared with scikit-learn's that do not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from training.classifiers import learn_classifier, one_vs_rest, score
from training.classifiers.one_vs_rest import fit_one_vs_rest
from training.classifiers.rbf_svm import RbfSvmSettings

RANDOM = np.random.default_rng(3)
LABELS = 4
TARGETS = np.arange(90) % LABELS
PLACES = RANDOM.dirichlet(np.ones(24), LABELS)
FEATURES = (PLACES[TARGETS] + RANDOM.dirichlet(np.ones(24), len(TARGETS))).astype(np.float32)
ASKED = RANDOM.dirichlet(np.ones(24), 30).astype(np.float32)
MACHINES = {
    "gaussian": SVC(C=10, gamma=8.0),
    "hardly wide": SVC(C=100, gamma=300.0, class_weight="balanced"),
    "polynomial": SVC(C=10, kernel="poly", degree=3, gamma=4.0, coef0=1.0),
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_machines_of_one_kernel_are_those_with_a_kernel_each(machine: SVC) -> None:
    expected = OneVsRestClassifier(machine).fit(FEATURES, TARGETS)
    found = fit_one_vs_rest(machine, FEATURES, TARGETS)
    assert found.classes_.tolist() == expected.classes_.tolist()
    for label, one in enumerate(expected.estimators_):
        used, order = found.weights[:, label] != 0, np.argsort(one.support_)
        np.testing.assert_array_equal(one.support_vectors_[order], found.vectors[used])
        np.testing.assert_allclose(one.dual_coef_[0, order], found.weights[used, label], rtol=1e-9)
        np.testing.assert_allclose(one.intercept_, found.offsets[label], atol=1e-9)
    for asked in (ASKED, FEATURES):
        np.testing.assert_allclose(score(found, asked), expected.decision_function(asked), atol=1e-9)


def test_scores_do_not_depend_on_how_many_pictures_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fit_one_vs_rest(MACHINES["gaussian"], FEATURES, TARGETS)
    together = score(found, ASKED)
    monkeypatch.setattr(one_vs_rest, "_ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(score(found, ASKED), together, rtol=1e-12)


def test_so_many_pictures_that_their_kernel_were_too_large_get_machines_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = score(fit_one_vs_rest(MACHINES["gaussian"], FEATURES, TARGETS), ASKED)
    monkeypatch.setattr(one_vs_rest, "_MOST_ROWS", 50)
    found = fit_one_vs_rest(MACHINES["gaussian"], FEATURES, TARGETS)
    np.testing.assert_allclose(score(found, ASKED), expected, atol=1e-9)


@pytest.mark.parametrize("labels", [2, 3])
def test_a_few_labels_have_a_score_each(labels: int) -> None:
    few = labels > TARGETS
    for others in (None, ASKED):
        found = learn_classifier(RbfSvmSettings(), FEATURES[few], TARGETS[few], 0, others)
        scores = score(found, FEATURES[few])
        assert scores.shape == (few.sum(), labels)
        assert (scores.argmax(axis=1) == TARGETS[few]).mean() > 0.9
