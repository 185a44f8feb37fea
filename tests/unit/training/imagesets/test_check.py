from __future__ import annotations

import os
from pathlib import Path
from shutil import copy, copytree, ignore_patterns, rmtree

import cv2
import numpy as np
import pytest

from training.imagesets.check import Finding, check_image_set
from training.imagesets.frames import frame_of
from training.imagesets.imageset import ImageSet, read_image_set


@pytest.fixture
def folder(image_folder: Path, tmp_path: Path) -> Path:
    """Three photographs of two labels: pictures of one thing are compared pair by pair, which takes time."""
    left_out = ignore_patterns("astronaut", "chelsea", "[345].jpg")
    return copytree(image_folder, tmp_path / "photos", ignore=left_out)


def findings_of(folder: Path, folds: int = 5) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for each in check_image_set(read_image_set(folder), folds):
        found.setdefault(each.kind, []).append(each)
    return found


def noise(seed: int, height: int = 60, width: int = 80) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)


def test_finds_nothing_odd_about_honest_photographs(image_set: ImageSet) -> None:
    assert check_image_set(image_set) == ()


def test_names_files_that_cannot_be_read(folder: Path) -> None:
    (folder / "coffee" / "notes.txt").write_text("hot")
    [finding] = findings_of(folder)["unreadable"]
    assert finding.paths == ("coffee/notes.txt",)
    assert finding.message.startswith("coffee/notes.txt is left out: not a picture")


def test_tells_what_lies_in_the_folder_and_is_not_read(folder: Path) -> None:
    (folder / "rocket" / "more").mkdir()
    (folder / "rocket" / "1.jpg").rename(folder / "rocket" / "more" / "1.jpg")
    (folder / "rocket" / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    os.mkfifo(folder / "coffee" / "pipe.jpg")
    (folder / "tea" / ".hidden").mkdir(parents=True)
    copy(folder / "rocket" / "0.jpg", folder / "rocket.jpg")
    (folder / "labels.toml").write_text("")
    found = {kind: [each.message for each in of_kind] for kind, of_kind in findings_of(folder).items()}
    assert found["too_deep"] == [
        "files in folders within the folder of a label are left out: 1, such as rocket/more/1.jpg"
    ]
    assert found["unreadable"] == [
        "coffee/pipe.jpg is left out: not a file",
        "rocket/gone.jpg is left out: a link to nothing",
    ]
    assert found["empty_folder"] == ["tea has no files, and is not a label"]
    assert found["unlabelled"] == [
        "files beside the folders of the labels are left out: 1, such as rocket.jpg"
    ]


def test_tells_equal_files_from_near_copies(folder: Path) -> None:
    copy(folder / "rocket" / "0.jpg", folder / "rocket" / "copy.jpg")
    picture = cv2.imread(str(folder / "rocket" / "1.jpg"))
    cv2.imwrite(str(folder / "rocket" / "worse.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 40])
    found = findings_of(folder)
    [same] = found["exact_duplicates"]
    assert same.message == "rocket/0.jpg and rocket/copy.jpg are the same file"
    [near] = found["near_duplicates"]
    assert near.value == 2
    assert set(near.paths) == {f"rocket/{each}.jpg" for each in ("0", "copy", "1", "worse")}


def test_finds_one_picture_under_two_labels(folder: Path) -> None:
    copy(folder / "rocket" / "0.jpg", folder / "coffee" / "wrong.jpg")
    [finding] = findings_of(folder)["contradiction"]
    assert finding.message == "coffee/wrong.jpg and rocket/0.jpg are the same picture under two labels"


def test_names_each_copy_under_another_label_once(folder: Path) -> None:
    for number in range(3):
        copy(folder / "rocket" / "0.jpg", folder / "rocket" / f"copy{number}.jpg")
        copy(folder / "rocket" / "0.jpg", folder / "coffee" / f"wrong{number}.jpg")
    paths = [each.paths for each in findings_of(folder)["contradiction"]]
    copies = ("0", "copy0", "copy1", "copy2")
    assert paths == [("coffee/wrong0.jpg", f"rocket/{each}.jpg") for each in copies]


def test_says_which_classes_are_too_small_for_the_folds(folder: Path) -> None:
    for number in (3, 4, 5):
        write(folder / "rocket" / f"{number}.jpg", noise(number))
    image_set = read_image_set(folder)
    assert "small_class" not in {each.kind for each in check_image_set(image_set, 3)}
    [finding] = [each for each in check_image_set(image_set, 5) if each.kind == "small_class"]
    assert finding.message == "coffee has 3 pictures, fewer than the 5 folds; better ten or more"


def test_says_when_a_class_is_one_picture_many_times(folder: Path) -> None:
    rmtree(folder / "coffee")
    for number in range(6):
        write(folder / "coffee" / f"{number}.png", noise(1))
    [finding] = findings_of(folder, folds=3)["small_class"]
    assert finding.labels == ("coffee",)
    assert "copies of one" in finding.message


def test_says_when_one_class_has_many_times_the_pictures_of_another(tmp_path: Path) -> None:
    for number in range(18):
        write(tmp_path / "many" / f"{number}.png", noise(number))
    for number in range(3):
        write(tmp_path / "few" / f"{number}.png", noise(100 + number))
    [finding] = findings_of(tmp_path, folds=3)["unbalanced"]
    assert finding.value == 6
    assert finding.message.startswith("many has 18 pictures, few only 3")


def test_finds_proportions_that_give_the_class_away(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / "upright" / f"{number}.png", noise(number, 90, 60 + number % 3))
        write(tmp_path / "lying" / f"{number}.png", noise(100 + number, 60, 90 + number % 3))
    found = findings_of(tmp_path)
    [finding] = found["aspect_ratio_leak"]
    assert finding.value == 1
    assert "border_leak" not in found


@pytest.mark.parametrize("paper", [255, 0])
def test_finds_borders_that_give_the_class_away(tmp_path: Path, paper: int) -> None:
    for number in range(12):
        plain = noise(number)
        write(tmp_path / "plain" / f"{number}.jpg", plain)
        padded = np.full_like(plain, paper)
        padded[10:-10] = noise(100 + number, 40, 80)
        write(tmp_path / "padded" / f"{number}.jpg", padded)
    found = findings_of(tmp_path)
    [finding] = found["border_leak"]
    assert finding.value is not None
    assert finding.value > 0.9
    assert "aspect_ratio_leak" not in found


def test_measures_borders_by_side() -> None:
    pixels = noise(3, 100, 200)
    pixels[:20] = 250
    pixels[:, -50:] = 250
    frame = frame_of(pixels, 2000, 1000)
    assert frame.borders == (0, 0.2, 0.25, 0)
    assert frame.color == (250, 250, 250)
    assert frame_of(noise(3), 80, 60).color is None


def test_takes_a_blank_picture_as_all_border() -> None:
    frame = frame_of(np.full((40, 40, 3), 7, np.uint8), 40, 40)
    assert frame.borders == (0.45, 0.45, 0.45, 0.45)
