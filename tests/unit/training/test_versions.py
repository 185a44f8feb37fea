"""What a cache is kept by."""

from __future__ import annotations

import platform

import numpy as np
import onnxruntime
import pytest

from training.descriptors.extraction import DescriptorSet
from training.search import outcomes
from training.versions import learnt_with, library_versions


def test_names_every_release_and_the_kind_of_processor() -> None:
    assert f"numpy={np.__version__}" in learnt_with()
    assert f"onnxruntime={onnxruntime.__version__}" in learnt_with()
    assert learnt_with().endswith(platform.machine())
    assert library_versions()["python"] == platform.python_version()


def test_outcomes_of_other_releases_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    descriptors = DescriptorSet.packed([np.zeros((2, 4), np.float32)], 4)
    targets = np.zeros(1, np.int64)
    before = outcomes.data_digest(descriptors, targets)
    assert before == outcomes.data_digest(descriptors, targets)
    assert before != outcomes.data_digest(descriptors, targets, np.full(1, 0.5))
    monkeypatch.setattr(outcomes, "learnt_with", lambda: "numpy=0")
    assert before != outcomes.data_digest(descriptors, targets)
