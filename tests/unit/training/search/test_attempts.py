"""Every candidate on every split, with descriptors of two kinds of pictures that are made up here."""

from __future__ import annotations

import errno
import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from training.classifiers import ClassifierSettings
from training.descriptors.cache import watched_cache
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.encoders import EncoderSettings
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.attempts import Attempts
from training.search.cross_validation import cross_validate
from training.search.workbench import Workbench

TARGETS = np.repeat([0, 1], 6)
SPLITS = [Split(np.flatnonzero(np.arange(12) % 3 != part), np.arange(part, 12, 3)) for part in range(3)]
ENCODER: EncoderSettings = TypeAdapter[Any](EncoderSettings).validate_python({"name": "bovw", "words": 4})
SVM, TREE = (
    Candidate(ENCODER, TypeAdapter[Any](ClassifierSettings).validate_python({"name": name}))
    for name in ("linear_svm", "decision_tree")
)


@pytest.fixture(scope="module")
def descriptors() -> DescriptorSet:
    random = np.random.default_rng(0)
    rows = [random.integers(100 * target, 100 * target + 60, (20, 8)).astype(np.uint8) for target in TARGETS]
    return DescriptorSet.packed(rows, 8)


def attempts(descriptors: DescriptorSet, folder: Path, **bench: Any) -> Attempts:
    (folder / "shared").mkdir(parents=True, exist_ok=True)
    groups = np.arange(len(TARGETS))
    return Attempts(descriptors, TARGETS, groups, SPLITS, Workbench(**bench), "search", 9, folder / "shared")


def test_tries_every_candidate_on_every_split_behind_one_encoder_each(
    descriptors: DescriptorSet, tmp_path: Path
) -> None:
    got: list[tuple[str, int, int]] = []
    tried = attempts(descriptors, tmp_path, progress=lambda *step: got.append(step))
    tried.try_all([SVM, TREE])
    assert {each: sorted(found) for each, found in tried.outcomes.items()} == {
        SVM: [0, 1, 2],
        TREE: [0, 1, 2],
    }
    for number, split in enumerate(SPLITS):
        assert (tried.outcomes[SVM][number].scores.argmax(axis=1) == TARGETS[split.test]).all()
    # Three encoders, then three splits of each candidate.
    assert got == [("search", done, 9) for done in range(1, 10)]
    assert [each.name for each in (tmp_path / "shared").iterdir()] == ["descriptors.npy"]


def test_past_the_deadline_the_first_candidate_is_finished_and_no_other_is_started(
    descriptors: DescriptorSet, tmp_path: Path
) -> None:
    tried = attempts(descriptors, tmp_path, deadline=-math.inf)
    tried.try_all([SVM, TREE])
    assert (len(tried.outcomes[SVM]), len(tried.outcomes[TREE])) == (3, 0)
    tried.try_all([TREE])
    assert tried.outcomes[TREE] == {}


def test_none_is_started_that_would_end_too_late(descriptors: DescriptorSet, tmp_path: Path) -> None:
    deadline = time.monotonic() + 300
    slow = attempts(descriptors, tmp_path / "slow", deadline=deadline)
    slow.begun -= 600  # a third of it for each split of the first candidate
    slow.try_all([SVM, TREE])
    assert (len(slow.outcomes[SVM]), len(slow.outcomes[TREE])) == (3, 0)
    much = attempts(descriptors, tmp_path / "much", deadline=deadline, overhead_s=400)
    much.try_all([SVM, TREE])
    assert (len(much.outcomes[SVM]), len(much.outcomes[TREE])) == (3, 0)
    quick = attempts(descriptors, tmp_path / "quick", deadline=deadline, overhead_s=100)
    quick.try_all([SVM, TREE])
    assert (len(quick.outcomes[SVM]), len(quick.outcomes[TREE])) == (3, 3)


def test_a_candidate_that_was_begun_in_time_is_finished(descriptors: DescriptorSet, tmp_path: Path) -> None:
    third = Candidate(ENCODER, TREE.classifier.model_copy(update={"depth": 1}))

    def stop(stage: str, done: int, total: int) -> None:
        if done == 7:  # Three encoders, three splits of the first candidate, one of the second.
            tried.bench = replace(tried.bench, deadline=-math.inf)

    tried = attempts(descriptors, tmp_path, progress=stop)
    tried.try_all([SVM, TREE, third])
    assert [len(tried.outcomes[each]) for each in (SVM, TREE, third)] == [3, 3, 0]


def test_what_is_kept_is_not_learnt_again(descriptors: DescriptorSet, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = attempts(descriptors, tmp_path, kept=kept)
    first.try_all([SVM])
    files = sorted(kept.glob("*.npz"))
    assert len(files) == 3
    files[0].unlink()
    stamps = {file: file.stat().st_mtime_ns for file in files[1:]}
    got: list[int] = []
    again = attempts(descriptors, tmp_path, kept=kept, progress=lambda stage, done, total: got.append(done))
    again.try_all([SVM])
    assert {file: file.stat().st_mtime_ns for file in files[1:]} == stamps
    assert sorted(kept.glob("*.npz")) == files
    assert got[-1] == 6
    for number in range(3):
        expected = first.outcomes[SVM][number].scores
        np.testing.assert_array_equal(again.outcomes[SVM][number].scores, expected)


def test_the_size_is_measured_on_the_first_split(descriptors: DescriptorSet, tmp_path: Path) -> None:
    tried = attempts(descriptors, tmp_path, size_of=lambda encoder, estimator, labels: 1000 + labels)
    tried.try_all([SVM])
    assert [tried.outcomes[SVM][number].size_bytes for number in range(3)] == [1002, 0, 0]


def test_an_encoder_is_fitted_once_for_every_question_about_a_split(
    descriptors: DescriptorSet, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    attempts(descriptors, tmp_path, kept=kept).try_all([SVM])
    stamps = {file: file.stat().st_mtime_ns for file in (kept / "encoders").iterdir()}
    assert len(stamps) == 3
    more = DescriptorSet.joined((descriptors, descriptors.subset(np.array([1, 2]))))
    splits = [Split(each.train, np.array([12, 13])) for each in SPLITS]
    again = attempts(more, tmp_path, kept=kept)
    again.splits, again.targets = splits, np.concatenate([TARGETS, TARGETS[[1, 2]]])
    again.try_all([SVM])
    assert {file: file.stat().st_mtime_ns for file in (kept / "encoders").iterdir()} == stamps
    alone = attempts(more, tmp_path)
    alone.splits, alone.targets = splits, again.targets
    alone.try_all([SVM])
    for number in range(3):
        expected = alone.outcomes[SVM][number].scores
        np.testing.assert_array_equal(again.outcomes[SVM][number].scores, expected)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cache_that_cannot_be_written_is_told_once_whichever_process_writes(
    descriptors: DescriptorSet, tmp_path: Path, jobs: int
) -> None:
    cache, told = tmp_path / "cache", list[str]()
    cache.touch()
    tried = attempts(descriptors, tmp_path, kept=cache / "searches", jobs=jobs)
    with watched_cache(cache, told.append):
        tried.try_all([SVM, TREE])
    assert [sorted(found) for found in tried.outcomes.values()] == [[0, 1, 2]] * 2
    [line] = told
    assert line.startswith(f"The cache {cache} cannot be written: ")


def test_a_disk_that_fills_up_during_a_search_makes_it_begin_again_elsewhere(
    descriptors: DescriptorSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, told, folders = tmp_path / "cache", list[str](), list[Path]()
    labelled = LabelledDescriptors(descriptors, TARGETS, np.arange(12), ("light", "dark"))

    def fill_up(tried: Attempts, candidates: list[Candidate]) -> None:
        folders.append(tried.folder)
        if tried.folder.is_relative_to(cache):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tried.folder / "descriptors.npy"))
        try_all(tried, candidates)

    try_all = Attempts.try_all
    monkeypatch.setattr(Attempts, "try_all", fill_up)
    bench = Workbench(kept=cache / "searches")
    with watched_cache(cache, told.append):
        found = cross_validate([SVM], labelled, SPLITS, bench)
        again = cross_validate([SVM], labelled, SPLITS, bench)
    assert (found[SVM].scores.argmax(axis=1) == TARGETS).all()
    np.testing.assert_array_equal(found[SVM].scores, again[SVM].scores)
    assert [each.is_relative_to(cache) for each in folders] == [True, False, False]
    assert len(told) == 1
    assert list((cache / "searches").iterdir()) == []
