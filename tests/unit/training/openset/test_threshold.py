from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.classifiers import score
from training.descriptors.extraction import DescriptorSet, pack
from training.evaluation.answers import Asked, Questions
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel
from training.openset.strangers import drawn_strangers, stranger_descriptors
from training.openset.threshold import OpenSet, Strangers, measure_open_set
from training.recipe import Recipe, parse_recipe
from training.trainer import train
from vision.extractors import create_extractor
from vision.picture import decode

pytestmark = pytest.mark.slow

TEXT = """
extractor = {name = "rootsift", max_side_px = 240}
encoders = [{name = "vlad", words = 16, components = 32}]
classifiers = [{name = "linear_svm"}]
"""
UNSHOWN = ("astronaut", "chelsea")


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return parse_recipe(TEXT, "small", "small")


def learnt(image_folder: Path, labels: tuple[str, ...], recipe: Recipe, cache: Path) -> TrainedModel:
    photos = cache / "photos"
    photos.mkdir()
    for label in labels:
        (photos / label).symlink_to(image_folder / label)
    return train(read_image_set(photos), recipe, cache)


def answers(model: TrainedModel, pixels: list[np.ndarray]) -> np.ndarray:
    extractor = model.recipe.create_extractor()
    features = model.encoder.encode(pack([extractor.extract(each) for each in pixels], extractor))
    return model.calibration.probabilities(score(model.estimator, features)).max(axis=1)


@pytest.mark.parametrize("labels", [("coffee", "rocket"), ("coffee", "rocket", "astronaut")])
def test_few_classes_of_six_pictures_refuse_others_and_answer_their_own(
    image_folder: Path, recipe: Recipe, cache: Path, labels: tuple[str, ...]
) -> None:
    model = learnt(image_folder, labels, recipe, cache)
    got = model.open_set
    assert (got.left_out, got.drawn, len(got.strangers)) == (6 * len(labels), 80, 80 + 6 * len(labels))
    assert got.kept >= 0.5
    others = [path for label in UNSHOWN if label not in labels for path in (image_folder / label).iterdir()]
    strangers = answers(model, [decode(path.read_bytes()).pixels for path in others])
    assert (strangers >= got.threshold).mean() == 0
    wall = np.full((240, 320, 3), 180, np.uint8)
    assert answers(model, [wall])[0] < got.threshold


def test_four_classes_rest_on_left_out_and_drawn_strangers(
    image_folder: Path, recipe: Recipe, cache: Path
) -> None:
    model = learnt(image_folder, ("coffee", "rocket", *UNSHOWN), recipe, cache)
    got = model.open_set
    assert (got.left_out, got.drawn) == (24, 80)
    assert got.kept >= 0.5
    low, high = model.served.refused.interval
    assert low < model.served.refused.value <= high
    assert high - low > 0.02


def asked(
    highest: list[float],
    targets: list[int] | None = None,
    labels: int = 8,
    groups: list[int] | None = None,
) -> Asked:
    """Pictures whose best label, always the first, has these probabilities."""
    best = np.array(highest)
    rows = DescriptorSet.packed([np.zeros((1, 2), np.uint8)] * len(best), 2)
    right = None if targets is None else np.array(targets)
    others = np.repeat((1 - best[:, None]) / (labels - 1), labels - 1, axis=1)
    together = None if groups is None else np.array(groups)
    return Asked(rows, np.column_stack([best, others]), np.zeros(len(best), np.int64), right, together)


def told_of(
    text: str,
    *,
    copies: tuple[float, ...] = (),
    verified: bool = False,
    labels: int = 8,
    strange: tuple[float, ...] = (0.9, 0.55, 0.5, 0.5, 0.4),
    drawn: int = 1,
    groups: list[int] | None = None,
) -> OpenSet:
    questions = Questions(
        asked([0.98, 0.95, 0.62, 0.6], [0, 0, 0, 0], labels),
        asked([0.97, 0.7], [0, 0], labels),
        asked(list(strange), None, labels, groups),
    )
    strangers = Strangers(np.zeros((len(strange), labels)), np.zeros(len(strange), np.int64), drawn)
    recipe = parse_recipe(f"{TEXT}{text}", "small", "small")
    return measure_open_set(questions, strangers, recipe, np.array(copies), verified=verified)


def test_says_when_the_stated_rate_cannot_be_kept() -> None:
    got = told_of("rejection = {min_kept = 0.8}")
    assert (got.kept, got.refused, got.holds) == (0.75, 0.8, False)
    assert got.doubts[0] == (
        "4 strangers are too few to state that 1.0 % are taken for something known: it takes 100. Of "
        "pictures of left-out classes up to 70 % may be. Bring more with --strangers."
    )
    assert got.doubts[1].startswith(
        "25.0 % of pictures of left-out classes are taken for something known, more"
    )
    assert got.taken == 0.25  # the drawn one, which the threshold does not rest on, apart
    strict = told_of("rejection = {min_kept = 0.2}")
    assert (strict.refused, strict.holds) == (1.0, True)
    assert strict.threshold > got.threshold


def test_strangers_that_are_copies_of_each_other_count_once() -> None:
    text = "rejection = {false_accept_rate = 0.25, min_kept = 0.1}"
    apart = told_of(text, strange=(0.3, 0.8, 0.5, 0.5, 0.1))
    assert apart.doubts == ()
    copies = told_of(text, strange=(0.3, 0.8, 0.5, 0.5, 0.1), groups=[0, 1, 2, 2, 3])
    assert copies.doubts[0].startswith(
        "3 strangers, near duplicates counted once, are too few to state that 25.0 % are taken for something "
        "known: it takes 4."
    )
    taken = told_of(
        "rejection = {min_kept = 0.99}", strange=(0.3, 0.2, 0.7, 0.7, 0.1), groups=[0, 1, 2, 2, 3]
    )
    assert taken.taken == pytest.approx(1 / 3)


def test_strangers_that_are_verified_are_taken_for_something_known() -> None:
    text = "rejection = {false_accept_rate = 0.25, min_kept = 0.1}"
    alone = told_of(text, strange=(0.3, 0.8, 0.5, 0.5, 0.1))
    assert alone.holds
    got = replace(alone, verified=np.array([True, False, True, False, True]))
    assert (alone.taken, got.taken, got.holds) == (0.25, 0.75, False)
    assert got.doubts == (
        "75.0 % of pictures of left-out classes are taken for something known, more than the stated 25.0 %: "
        "points of them agree with an exemplar. Is one thing under two labels, or among your strangers?",
    )


def test_photographs_of_strangers_that_are_more_alike_raise_the_threshold() -> None:
    text = "rejection = {false_accept_rate = 0.1, min_kept = 0.1}"
    plain = told_of(text).threshold
    assert told_of(text, copies=(0.99, 0.98, 0.9, 0.9)).threshold > plain
    assert told_of(text, copies=(0.1, 0.1, 0.1, 0.1)).threshold < plain
    verified = [told_of(text, copies=each, verified=True).threshold for each in ((), (0.99, 0.98, 0.9, 0.9))]
    assert verified[0] == verified[1]


def test_verified_answers_need_a_higher_probability_to_be_clear() -> None:
    text = "rejection = {false_accept_rate = 0.1, min_kept = 0.1}"
    assert told_of(text).threshold < told_of(text, verified=True).threshold


def test_the_share_to_keep_lowers_no_threshold_below_which_answers_are_verified() -> None:
    kept, verified = (told_of("rejection = {min_kept = 0.8}", verified=each) for each in (False, True))
    assert kept.threshold < 0.62 < 0.9 < verified.threshold
    assert verified.holds


def test_few_labels_leave_the_threshold_further_above_their_pictures_and_above_drawn_strangers() -> None:
    text, photographs = "rejection = {min_kept = 0.1}", (0.6,) * 4
    many = told_of(text, copies=photographs, verified=True).threshold
    few = [told_of(text, copies=photographs, verified=True, labels=labels).threshold for labels in (4, 3, 2)]
    assert many < few[0] < few[1] < few[2]
    likelier = (0.5, 0.5, 0.5, 0.5, 0.97)  # the drawn one
    assert (
        told_of(text, strange=likelier).threshold < 0.97 < told_of(text, strange=likelier, labels=3).threshold
    )
    assert told_of(text, verified=True, labels=3, copies=(0.97,) * 4).threshold > 0.97


def test_says_what_cannot_be_stated_where_no_class_could_be_left_out() -> None:
    drawn = told_of("rejection = {min_kept = 0.1}", strange=(0.5,) * 5, drawn=5)
    assert (drawn.left_out, drawn.refused) == (0, 1)
    assert drawn.threshold > told_of("rejection = {min_kept = 0.1}", strange=(0.5,) * 5).threshold
    [doubt] = drawn.doubts
    assert doubt.startswith("No class could be left out, so that only drawn strangers were asked")
    accepted = told_of("rejection = {false_accept_rate = 0.0, min_kept = 0.1}", strange=(0.5,) * 5, drawn=5)
    assert accepted.doubts == ()


def test_says_when_hardly_anything_is_answered() -> None:
    got = OpenSet(0.9, np.array([0.5, 0.95]), np.full(200, 0.1), 100, 0.3, 1.0, 0.01, 0.5)
    assert got.doubts == (
        "Only 30 % of the known pictures are answered, and rightly. More pictures of each class help, or "
        "another recipe.",
    )


def test_the_same_seed_draws_the_same_strangers(image_folder: Path) -> None:
    pieces = [decode((image_folder / "coffee" / "0.jpg").read_bytes()).pixels]
    one, two = (list(drawn_strangers(pieces, 6, 120, seed=4)) for _ in range(2))
    other = list(drawn_strangers(pieces, 6, 120, seed=5))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))
    assert not any(a.shape == b.shape and (a == b).all() for a, b in zip(one, other, strict=True))
    assert all(each.dtype == np.uint8 and max(each.shape) == 120 for each in one)


def test_what_was_seen_in_strangers_is_kept(image_set: ImageSet, tmp_path: Path) -> None:
    extractor = create_extractor("rootsift", {"max_side_px": 64})

    def seen(pictures: ImageSet = image_set, seed: int = 0) -> DescriptorSet:
        return stranger_descriptors(pictures, extractor, tmp_path, seed, jobs=1)

    first = seen()
    [file] = tmp_path.rglob("strangers-*.npz")
    stamp = file.stat().st_mtime_ns
    again = seen()
    assert file.stat().st_mtime_ns == stamp
    file.write_bytes(file.read_bytes()[:1000])
    for found in (again, seen()):
        np.testing.assert_array_equal(found.values, first.values)
        np.testing.assert_array_equal(found.offsets, first.offsets)
        assert (found.values.dtype, found.binary, found.has_positions) == (np.uint8, False, False)
    assert file.stat().st_mtime_ns != stamp
    for other in (seen(seed=1), seen(replace(image_set, pictures=image_set.pictures[1:]))):
        assert other.values.shape != first.values.shape or (other.values != first.values).any()


def test_drawn_strangers_have_something_to_look_at(image_folder: Path) -> None:
    pieces = [decode((image_folder / "coffee" / "0.jpg").read_bytes()).pixels]
    extractor = create_extractor("rootsift", {})
    found = [len(extractor.extract(each)) for each in drawn_strangers(pieces, 6, 320, seed=0)]
    assert min(found[:5]) >= 50
    assert found[5] <= 5  # The wall.
