"""What a cache is kept by."""

from __future__ import annotations

import platform
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from training import versions
from training.descriptors import cache
from training.descriptors.extraction import DescriptorSet
from training.extractors import named_extractor
from training.search import outcomes
from training.versions import learnt_with, library_versions, processor


def test_names_every_release_and_the_kind_of_processor() -> None:
    assert f"numpy={np.__version__}" in learnt_with()
    assert f"onnxruntime={onnxruntime.__version__}" in learnt_with()
    assert learnt_with().endswith(processor())
    assert library_versions()["python"] == platform.python_version()


def test_another_generation_of_a_processor_is_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {processor()}
    assert platform.machine() in processor()
    blas = {"user_api": "blas", "architecture": "Zen"}
    monkeypatch.setattr(versions, "threadpool_info", lambda: [blas, {"user_api": "openmp"}])
    kinds.add(processor())
    monkeypatch.setattr(cv2, "getCPUFeaturesLine", lambda: "SSE2 *AVX512_SKX")
    kinds.add(processor())
    assert len(kinds) == 3


def test_descriptors_of_other_releases_are_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sift = named_extractor("sift", {})
    folders = {cache.extractor_folder(tmp_path, sift)}
    monkeypatch.setattr(cache, "learnt_with", lambda: "pillow=0")
    assert len(folders | {cache.extractor_folder(tmp_path, sift)}) == 2


def test_outcomes_of_other_releases_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    descriptors = DescriptorSet.packed([np.zeros((2, 4), np.float32)], 4)
    targets = np.zeros(1, np.int64)
    before = outcomes.data_digest(descriptors, targets)
    assert before == outcomes.data_digest(descriptors, targets)
    monkeypatch.setattr(outcomes, "learnt_with", lambda: "numpy=0")
    assert before != outcomes.data_digest(descriptors, targets)
