from __future__ import annotations

from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import cv2
import numpy as np
import pytest

from training.errors import ImageSetError
from training.imagesets.check import check_image_set
from training.imagesets.duplicates import look_at, near_duplicate_groups
from training.imagesets.imageset import ImageSet, read_image_set


@pytest.fixture
def folder(image_folder: Path, tmp_path: Path) -> Path:
    """Three photographs of each label: pictures of one thing are compared pair by pair, which takes time."""
    return copytree(image_folder, tmp_path / "photos", ignore=ignore_patterns("[345].jpg"))


def test_reads_a_folder_per_class(image_set: ImageSet) -> None:
    assert image_set.labels == ("astronaut", "chelsea", "coffee", "rocket")
    assert len(image_set.pictures) == 24
    assert image_set.pictures[7].path == "chelsea/1.jpg"
    assert np.bincount(image_set.targets).tolist() == [6, 6, 6, 6]
    assert image_set.unreadable == ()


def test_leaves_out_unreadable_files_and_says_why(folder: Path) -> None:
    (folder / "coffee" / "notes.txt").write_text("hot")
    cut = (folder / "coffee" / "0.jpg").read_bytes()
    (folder / "coffee" / "0.jpg").write_bytes(cut[: len(cut) // 2])
    (folder / "coffee" / ".DS_Store").write_bytes(b"\0")
    image_set = read_image_set(folder)
    assert len(image_set.pictures) == 11
    problems = {each.path: each.problem for each in image_set.unreadable}
    assert problems.keys() == {"coffee/notes.txt", "coffee/0.jpg"}
    assert "not a picture" in problems["coffee/notes.txt"]


def test_the_fingerprint_is_of_labels_and_contents_only(folder: Path) -> None:
    rmtree(folder / "astronaut")
    rmtree(folder / "chelsea")
    before = read_image_set(folder).fingerprint
    (folder / "coffee" / "0.jpg").rename(folder / "coffee" / "zero.jpg")
    assert read_image_set(folder).fingerprint == before
    (folder / "coffee").rename(folder / "tea")
    assert read_image_set(folder).fingerprint != before


def test_copies_stay_together_and_two_labels_for_one_picture_are_told(folder: Path) -> None:
    picture = cv2.imread(str(folder / "rocket" / "0.jpg"))
    height, width = picture.shape[:2]
    smaller = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / "rocket" / "smaller.jpg"), smaller, [cv2.IMWRITE_JPEG_QUALITY, 40])
    cv2.imwrite(str(folder / "coffee" / "wrong.png"), picture[4:-4, 4:-4])
    image_set = read_image_set(folder)
    group = dict(zip((each.path for each in image_set.pictures), image_set.groups, strict=True))
    assert group["rocket/0.jpg"] == group["rocket/smaller.jpg"] == group["coffee/wrong.png"]
    assert ("coffee/wrong.png", "rocket/0.jpg") in image_set.contradictions


def test_some_pictures_are_a_set_as_a_folder_without_the_others(folder: Path) -> None:
    (folder / "rocket" / "2.jpg").unlink()
    (folder / "coffee" / "spoilt.jpg").write_bytes(b"no picture")
    image_set = read_image_set(folder)
    kept = np.flatnonzero(image_set.targets > 0)
    part = image_set.subset(kept)
    rmtree(folder / "astronaut")
    alone = read_image_set(folder)
    assert part.pictures == alone.pictures
    assert part.labels == ("chelsea", "coffee", "rocket")
    assert part.frames == alone.frames
    assert part.fingerprint == alone.fingerprint
    assert part.unreadable == ()
    assert len(np.unique(part.groups)) == len(np.unique(alone.groups))


def test_another_exposure_of_the_same_scene_is_no_duplicate() -> None:
    from skimage import data as photographs

    photo = photographs.coffee()
    warmer = np.clip(photo * np.array([1.2, 1.0, 0.75]), 0, 255).astype(np.uint8)
    groups, pairs = near_duplicate_groups([look_at(photo), look_at(warmer)])
    assert len(set(groups)) == 2
    assert pairs == []


def test_reads_a_flat_folder_whose_files_are_named_by_class(folder: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for path in sorted(folder.rglob("*.jpg")):
        path.rename(flat / f"{path.parent.name}_{path.name}")
    (flat / "notes.jpg").write_bytes(b"no label in its name")
    image_set = read_image_set(flat)
    assert image_set.labels == ("astronaut", "chelsea", "coffee", "rocket")
    assert np.bincount(image_set.targets).tolist() == [3, 3, 3, 3]
    assert image_set.pictures[4].path == "chelsea_1.jpg"
    assert image_set.unreadable == ()
    (flat / "labels.toml").write_text("[rocket]\nname = 'Rocket'\n")
    [found] = [each for each in check_image_set(image_set) if each.kind == "unlabelled"]
    assert found.paths == ("notes.jpg",)
    assert found.message == "files without a label in their name are left out: 1, such as notes.jpg"


def test_says_how_the_files_of_a_flat_folder_are_named(tmp_path: Path) -> None:
    for name in ("one.jpg", "two.jpg"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ImageSetError, match=r"only 2 files without a label in their name; .* cat_1.jpg"):
        read_image_set(tmp_path)


def test_refuses_a_folder_without_classes(tmp_path: Path) -> None:
    with pytest.raises(ImageSetError, match="no folder with pictures; training needs a folder for each"):
        read_image_set(tmp_path)
    with pytest.raises(ImageSetError, match="is not a folder"):
        read_image_set(tmp_path / "nowhere")


def test_says_where_the_pictures_are_when_they_lie_too_deep(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "all")
    with pytest.raises(ImageSetError, match=r"only deeper ones such as all/astronaut; training needs"):
        read_image_set(tmp_path)


def test_refuses_a_single_class(folder: Path) -> None:
    for label in ("astronaut", "chelsea", "coffee"):
        (folder / label).rename(folder / f".{label}")
    with pytest.raises(ImageSetError, match="has only the class rocket;"):
        read_image_set(folder)
    for name in ("cat_1.jpg", "dog_1.jpg"):
        (folder / name).write_bytes(b"beside")
    with pytest.raises(ImageSetError, match="has only the class rocket, and 2 files beside its folder;"):
        read_image_set(folder)


def test_refuses_labels_that_differ_only_by_case(folder: Path) -> None:
    copytree(folder / "coffee", folder / "Coffee")
    with pytest.raises(ImageSetError, match="the classes Coffee and coffee differ only by case"):
        read_image_set(folder)


def test_refuses_labels_that_look_the_same_because_an_accent_is_written_in_two_ways(folder: Path) -> None:
    (folder / "coffee").rename(folder / "caf\u00e9")
    (folder / "rocket").rename(folder / "cafe\u0301")
    with pytest.raises(ImageSetError, match=r"differ only in how accents are written; rename one"):
        read_image_set(folder)


def test_refuses_a_class_with_one_readable_picture_and_says_why_there_is_no_other(folder: Path) -> None:
    for number in (1, 2):
        (folder / "chelsea" / f"{number}.jpg").write_bytes(b"")
    expected = (
        r"readable pictures in chelsea \(1\); a class needs two, better ten; chelsea/1.jpg is left out: .+"
    )
    with pytest.raises(ImageSetError, match=expected):
        read_image_set(folder)


def test_names_a_few_of_many_small_classes(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"class{number}").mkdir()
        (tmp_path / f"class{number}" / "notes.txt").write_bytes(b"")
    with pytest.raises(ImageSetError, match=r"class3 \(0\), class4 \(0\) and 4 more; a class needs two"):
        read_image_set(tmp_path)
