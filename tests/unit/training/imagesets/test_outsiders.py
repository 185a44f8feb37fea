"""Strangers that the user gives: without the labels' own pictures, and asked about, never learnt from."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from tests.support.copies import COPIES
from training.descriptors.labelled import LabelledDescriptors
from training.errors import ImageSetError
from training.gathering import gather_descriptors
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.imagesets.outsiders import read_outsiders
from training.openset.heldout import held_out_scores, question_scores, scores_at_once, with_others
from training.recipe import parse_recipe
from training.search.attempt import Candidate
from training.search.cross_validation import cross_validate
from training.search.workbench import Workbench
from vision.picture import decode

pytestmark = pytest.mark.slow

RECIPE = """
extractor = {name = "rootsift", max_side_px = 120, max_keypoints = 40}
encoders = [{name = "bovw", words = 4}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""


def write_picture(path: Path, pixels: np.ndarray, quality: int = 90) -> None:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])


@pytest.fixture
def folder(tmp_path: Path, image_set: ImageSet) -> Path:
    """Two strangers, a picture of the labels and its re-encoded copy, and a file that is not a picture."""
    root = tmp_path / "others"
    write_picture(root / "coins.jpg", np.repeat(skimage.data.coins()[..., None], 3, axis=2))
    write_picture(root / "deep" / "page.jpg", np.repeat(skimage.data.page()[..., None], 3, axis=2))
    first = image_set.root / image_set.pictures[0].path
    shutil.copy(first, root / "own.jpg")
    write_picture(root / "own again.jpg", cv2.imread(str(first))[..., ::-1], quality=40)
    (root / "notes.txt").write_text("Not a picture.")
    return root


def test_leaves_out_the_labels_own_pictures_and_says_which(folder: Path, image_set: ImageSet) -> None:
    found = read_outsiders(folder, image_set)
    assert [each.path for each in found.pictures.pictures] == ["coins.jpg", "deep/page.jpg"]
    own = image_set.pictures[0].path
    assert found.own == (("own again.jpg", own), ("own.jpg", own))
    assert [each.kind for each in found.findings] == ["own_stranger", "own_stranger", "unreadable_stranger"]
    copied, again, unreadable = (each.message for each in found.findings)
    assert copied == f"{folder}/own again.jpg is the labels' own picture {own}, and left out of the strangers"
    assert again.startswith(f"{folder}/own.jpg is")
    assert unreadable.startswith(f"{folder}/notes.txt is left out of the strangers: ")


@pytest.mark.parametrize("name", ["mirrored", "white border", "cropped by 8 %", "watermark"])
def test_leaves_out_altered_copies_of_the_labels_pictures(
    name: str, folder: Path, image_set: ImageSet
) -> None:
    own = image_set.pictures[0].path
    (folder / "altered").write_bytes(COPIES[name](decode((image_set.root / own).read_bytes()).pixels))
    found = read_outsiders(folder, image_set)
    assert ("altered", own) in found.own
    assert [each.path for each in found.pictures.pictures] == ["coins.jpg", "deep/page.jpg"]


def test_strangers_that_are_copies_of_each_other_share_a_group(folder: Path, image_set: ImageSet) -> None:
    write_picture(folder / "coins again.jpg", cv2.imread(str(folder / "coins.jpg"))[..., ::-1], quality=40)
    found = read_outsiders(folder, image_set).pictures
    assert [each.path for each in found.pictures] == ["coins again.jpg", "coins.jpg", "deep/page.jpg"]
    assert found.groups.tolist() == [0, 0, 1]


def test_refuses_a_folder_without_strangers(tmp_path: Path, image_set: ImageSet) -> None:
    with pytest.raises(ImageSetError, match="is not a folder"):
        read_outsiders(tmp_path / "absent", image_set)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ImageSetError, match="has no pictures of strangers; it has no files"):
        read_outsiders(empty, image_set)
    shutil.copy(image_set.root / image_set.pictures[0].path, empty / "own.jpg")
    with pytest.raises(ImageSetError, match=r"1 of its 1 files are the labels' own pictures$"):
        read_outsiders(empty, image_set)
    (empty / "notes.txt").write_text("Not a picture.")
    with pytest.raises(ImageSetError, match=r"1 of its 2 files are .* pictures, the others cannot be read$"):
        read_outsiders(empty, image_set)


def test_of_several_copies_the_nearest_is_named(folder: Path, image_set: ImageSet) -> None:
    alike = replace(image_set, groups=np.zeros(len(image_set.pictures), np.int64))
    last = image_set.pictures[-1].path
    shutil.copy(image_set.root / last, folder / "last.jpg")
    assert dict(read_outsiders(folder, alike).own)["last.jpg"] == last


def test_outsiders_are_asked_about_and_never_learnt_from(
    folder: Path, image_set: ImageSet, tmp_path: Path
) -> None:
    recipe = parse_recipe(RECIPE, "small", "small")
    some = image_set.subset(np.arange(0, len(image_set.pictures), 3))
    outsiders = read_outsiders(folder, image_set).pictures
    labelled = gather_descriptors(some, recipe, tmp_path, 0, 1, outsiders=outsiders)
    assert labelled.outsiders is not None
    assert len(labelled.outsiders) == 2
    half = np.arange(len(some.pictures)) % 2
    folds = [Split(np.flatnonzero(half != each), np.flatnonzero(half == each)) for each in range(2)]
    candidate = Candidate(recipe.encoders[0], recipe.classifiers[0])

    def scored(data: LabelledDescriptors) -> tuple[np.ndarray, int]:
        asked = question_scores(candidate, data, folds, Workbench())
        found, _ = held_out_scores(candidate, data, folds, 2, Workbench(), asked)
        return found.scores, found.outsiders

    scores, outsiders = scored(labelled)
    without, none = scored(replace(labelled, outsiders=None))
    assert (outsiders, none) == (2, 0)
    known = len(scores) - 2 - 80
    np.testing.assert_array_equal(np.delete(scores, [known, known + 1], axis=0), without)


def test_a_single_candidate_is_asked_everything_by_the_same_models(
    image_set: ImageSet, tmp_path: Path
) -> None:
    recipe = parse_recipe(RECIPE, "small", "small")
    some = image_set.subset(np.arange(0, len(image_set.pictures), 3))
    labelled = gather_descriptors(some, recipe, tmp_path, 0, 1)
    half = np.arange(len(some.pictures)) % 2
    folds = with_others(
        [Split(np.flatnonzero(half != each), np.flatnonzero(half == each)) for each in range(2)],
        labelled.strangers,
    )
    candidate, bench = Candidate(recipe.encoders[0], recipe.classifiers[0]), Workbench()
    result, asked = scores_at_once(candidate, labelled, folds, bench)
    [alone] = cross_validate([candidate], labelled, folds, bench).values()
    np.testing.assert_array_equal(result.scores, alone.scores)
    np.testing.assert_array_equal(asked, question_scores(candidate, labelled, folds, bench))
    assert len(asked) == len(some.pictures) + 80
