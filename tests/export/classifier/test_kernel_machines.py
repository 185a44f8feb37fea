"""Kernel machines whose large terms cancel answer as in scikit-learn."""

from __future__ import annotations

import numpy as np

from export.classifier.head import build_head
from training.classifiers import score
from training.classifiers.rbf_svm import RbfSvmSettings
from training.graphs.session import GraphSession


def test_hundreds_of_large_terms_cancel_as_in_scikit_learn() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 50)).astype(np.float32)
    machines = RbfSvmSettings(C=1e4, gamma=0.03).fit(features, random.integers(0, 4, 300), seed=0)
    assert np.abs(machines.weights).max() > 1000
    graph = GraphSession(build_head(machines, 50))
    for row in random.normal(size=(20, 1, 50)).astype(np.float32):
        np.testing.assert_allclose(graph.run(row), score(machines, row), atol=1e-6)
