"""Searches that end early: by halving, by time, by Ctrl-C and by a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.output.training import overrun_line, verdict_lines
from export.classifier.graph import classifier_size
from training.economy import PHOTOGRAPHS, TESTED, VERIFICATION
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import Recipe, parse_recipe
from training.search.halving import thinned
from training.trainer import train

pytestmark = pytest.mark.slow

GRID = """
[extractor]
name = "rootsift"
max_side_px = 240
[[encoders]]
name = "bovw"
words = [10, 30]
[[classifiers]]
name = "linear_svm"
C = [0.1, 1.0]
[[classifiers]]
name = "decision_tree"
depth = [1, 0]
[validation]
folds = 2
class_rounds = 2
"""
FEW = GRID.replace("words = [10, 30]", "words = 10")


@pytest.fixture(scope="module")
def whole(image_set: ImageSet, new_cache: Callable[[], Path]) -> TrainedModel:
    return train(image_set, grid(), new_cache(), size_of=classifier_size)


def grid(search: str = "") -> Recipe:
    return parse_recipe(f"{GRID}\n[search]\n{search}", "grid", "grid")


def test_every_candidate_has_its_time_and_size(whole: TrainedModel, image_set: ImageSet) -> None:
    assert len(whole.compared) == whole.candidate_count == whole.search.candidates == 8
    sizes = {(each.candidate.encoder.title, each.candidate.classifier.title): each for each in whole.compared}
    small, large = (sizes[f"bovw {words}", "linear svm"].size_bytes for words in (10, 30))
    # 20 more words: their 128 floats, half norms and a weight for each of four labels.
    assert large - small == pytest.approx(20 * 4 * (128 + 1 + 4), abs=60)
    assert all(each.milliseconds > 0 and each.seconds > 0 for each in whole.compared)


def test_halving_keeps_the_best_of_each_round(image_set: ImageSet, cache: Path) -> None:
    model = train(image_set, grid("halving = 2"), cache)
    assert [(each.pictures, each.candidates) for each in model.search.rounds] == [(12, 8), (24, 4)]
    assert len(model.compared) == 4
    assert model.search.left_out == 0
    assert model.metrics.accuracy >= 0.8
    again = train(image_set, grid("halving = 2"), cache)
    assert [each.accuracy for each in again.compared] == [each.accuracy for each in model.compared]


def test_halving_learns_from_fewer_pictures_of_every_class_and_asks_about_the_same() -> None:
    targets = np.repeat([0, 1, 2], [40, 40, 4])
    split = Split(np.flatnonzero(np.arange(84) % 4 != 0), np.flatnonzero(np.arange(84) % 4 == 0))
    part = thinned(split, targets, 0.2, seed=0)
    assert np.bincount(targets[part.train]).tolist() == [6, 6, 2]
    assert set(part.train) < set(split.train)
    np.testing.assert_array_equal(part.test, split.test)


def test_a_spent_time_budget_keeps_the_best_of_those_finished(image_set: ImageSet, cache: Path) -> None:
    largest_first = GRID.replace("words = [10, 30]", "words = [30, 10]") + "[search]\ntime_budget_s = 1e-9"
    model = train(image_set, parse_recipe(largest_first, "grid", "grid"), cache)
    assert (model.search.candidates, model.search.left_out, model.candidate_count) == (8, 7, 1)
    assert model.candidate.encoder.title == "bovw 10"  # the cheapest first
    assert len(model.compared) == 1
    # What is finished costs nothing; for another one there is no time.
    more = train(image_set, grid("time_budget_s = 1e-9"), cache)
    assert more.candidate_count == 1
    rest = train(image_set, grid("time_budget_s = 600"), cache)
    assert (rest.search.left_out, len(rest.compared)) == (0, 8)


def test_photographs_and_verification_are_left_out_where_time_is_over(
    image_set: ImageSet, cache: Path
) -> None:
    tables = "[augmentation]\nphotographs = 1\n[verification]\nexemplars = 2\n[search]\ntime_budget_s = 1e-9"
    text = f"{FEW}\n{tables}"
    model = train(image_set, parse_recipe(text, "few", "few"), cache)
    assert model.left_out == (PHOTOGRAPHS, TESTED, VERIFICATION)
    assert (model.verification, model.recipe.verification.exemplars) == (None, 0)
    assert (model.served.photographs, model.recipe.augmentation.photographs) == (None, 0)
    assert model.metrics.accuracy >= 0.5
    [line] = [each for each in verdict_lines(model, "few", 1, Path("folder")) if each.startswith("Left out")]
    assert f"3 of 4 candidates, {PHOTOGRAPHS}, {TESTED}, {VERIFICATION}. " in line


def test_the_time_budget_counts_from_the_beginning_and_an_overrun_is_told(
    image_set: ImageSet, cache: Path
) -> None:
    begun = time.monotonic() - 700  # spent before, such as by reading the pictures
    model = train(image_set, grid("time_budget_s = 600"), cache, begun=begun)
    assert model.search.left_out == 7
    assert overrun_line(model, 640) == ""
    assert overrun_line(model, 700).startswith(
        "  ! It took 700 s in place of 600 s: reading the pictures, their features, one"
    )
    lines = verdict_lines(model, "small", 1, Path("folder"))
    assert (
        f"Left out, to end within the time budget of 600 s: 7 of 8 candidates, {TESTED}. The same command "
        "continues with what is in the cache now." in lines
    )


def test_a_search_without_time_trouble_is_the_same_with_a_budget(
    whole: TrainedModel, image_set: ImageSet, cache: Path
) -> None:
    timed = train(image_set, grid("time_budget_s = 600"), cache)
    np.testing.assert_array_equal(timed.probabilities, whole.probabilities)


def test_a_killed_search_goes_on_where_it_was(
    image_folder: Path, image_set: ImageSet, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "grid.toml"
    recipe.write_text(FEW)
    (tmp_path / "lienzo").mkdir()
    descriptors = cache.rename(tmp_path / "lienzo" / "descriptors")
    models, searches = tmp_path / "models", descriptors / "searches"
    command = ["train", str(image_folder), "--recipe", str(recipe)]
    command += ["--name", "grid", "--models", str(models), "--jobs", "1"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 100
    while len(list(searches.glob("*.npz"))) < 2 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    kept = {path: path.stat().st_mtime_ns for path in searches.glob("*.npz")}
    assert 2 <= len(kept) < 8
    assert not models.exists() or not any(models.glob("grid/*"))
    model = train(image_set, parse_recipe(FEW, "grid", "grid"), descriptors, jobs=1)
    assert len(model.compared) == model.candidate_count == 4
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in kept.items())
    assert len(list(searches.glob("*.npz"))) >= 8
    assert [each.name for each in searches.iterdir() if each.is_dir()] == ["encoders"]
