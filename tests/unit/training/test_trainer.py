from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.descriptors.extraction import extract_descriptors
from training.errors import TrainingError
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel
from training.recipe import Recipe, parse_recipe
from training.trainer import train

pytestmark = pytest.mark.slow

QUICK = """
[extractor]
name = "rootsift"
max_side_px = 240
[[encoders]]
name = "vlad"
words = 8
components = 16
[[encoders]]
name = "bovw"
words = 30
weighting = ["hellinger", "tfidf"]
[[classifiers]]
name = "linear_svm"
[validation]
folds = 3
"""


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return parse_recipe(QUICK, "quick", "quick.toml")


@pytest.fixture(scope="module")
def stages() -> dict[str, tuple[int, int]]:
    """What was told of the training of `model`: steps done, and all, by stage."""
    return {}


@pytest.fixture(scope="module")
def model(
    image_set: ImageSet, recipe: Recipe, new_cache: Callable[[], Path], stages: dict[str, tuple[int, int]]
) -> TrainedModel:
    return train(
        image_set,
        recipe,
        new_cache(),
        progress=lambda stage, done, total: stages.update({stage: (done, total)}),
    )


def test_learns_to_tell_photographs_apart(model: TrainedModel, stages: dict[str, tuple[int, int]]) -> None:
    assert model.metrics.accuracy >= 0.8
    assert model.candidate_count == 3
    assert len(model.standings) == 2  # The two bags of words are settings of one kind.
    assert model.probabilities.shape == (24, 4)
    assert model.open_set.refused >= 0.9
    assert model.served.pictures.answered.value == pytest.approx(model.open_set.kept)
    assert model.served.refused.value == pytest.approx(model.open_set.refused)
    assert model.served.photographs is not None
    assert model.served.photographs.right.value >= 0.6
    # A step for every candidate and every encoder in each of three folds; for the chosen one and its encoder
    # in each of four rounds, which leave a class out.
    assert stages == {
        "rootsift": (24, 24),
        "search": (18, 18),
        "strangers": (8, 8),
        "photographs": (24, 24),
        "photographs and strangers": (6, 6),
    }


def test_takes_descriptors_from_the_cache_and_repairs_it(
    image_set: ImageSet, recipe: Recipe, tmp_path: Path
) -> None:
    extractor = recipe.create_extractor()
    first = extract_descriptors(image_set, extractor, tmp_path)
    kept = sorted(tmp_path.rglob("*.npy"))
    assert len(kept) == 24
    kept[0].write_bytes(kept[0].read_bytes()[:100])
    stamps = [path.stat().st_mtime_ns for path in kept]
    again = extract_descriptors(image_set, extractor, tmp_path)
    np.testing.assert_array_equal(first.values, again.values)
    changed = [path.stat().st_mtime_ns != stamp for path, stamp in zip(kept, stamps, strict=True)]
    assert changed == [True] + [False] * 23


def test_a_search_that_was_stopped_goes_on_where_it_was(
    model: TrainedModel, image_set: ImageSet, recipe: Recipe, cache: Path
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("search", 14):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(image_set, recipe, cache, progress=stop)
    finished = {path: path.stat().st_mtime_ns for path in (cache / "searches").glob("*.npz")}
    assert len(finished) >= 5
    min(finished).write_bytes(b"cut short")
    resumed = train(image_set, recipe, cache)
    again = [path for path, stamp in finished.items() if path.stat().st_mtime_ns != stamp]
    assert again == [min(finished)]
    np.testing.assert_array_equal(resumed.probabilities, model.probabilities)


def test_trains_the_same_model_where_the_cache_cannot_be_written(
    model: TrainedModel, image_set: ImageSet, recipe: Recipe, tmp_path: Path
) -> None:
    cache, told = tmp_path / "cache", list[str]()
    cache.touch()
    without = train(image_set, recipe, cache, tell=told.append)
    np.testing.assert_array_equal(without.probabilities, model.probabilities)
    assert told == [
        f"The cache {cache} cannot be written: not a directory. "
        "Training goes on, and nothing more is kept there."
    ]


def test_says_when_no_picture_has_keypoints(recipe: Recipe, tmp_path: Path) -> None:
    for label, shade in (("dark", 30), ("light", 220)):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for number in range(2):
            picture = np.full((60, 60, 3), shade + number, np.uint8)
            cv2.imwrite(str(tmp_path / "photos" / label / f"{number}.png"), picture)
    with pytest.raises(TrainingError, match="rootsift finds no keypoints in any picture"):
        train(read_image_set(tmp_path / "photos"), recipe, tmp_path / "cache")


def test_says_when_there_are_fewer_descriptors_than_words(image_set: ImageSet, cache: Path) -> None:
    greedy = parse_recipe(QUICK.replace("words = 30", "words = 20000"), "greedy", "greedy.toml")
    with pytest.raises(TrainingError, match="too few for 20000 visual words"):
        train(image_set, greedy, cache)
