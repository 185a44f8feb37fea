from __future__ import annotations

import json
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import pytest


@pytest.fixture
def folder(image_folder: Path, tmp_path: Path) -> Path:
    return copytree(image_folder, tmp_path / "photos")


def test_tells_people_what_is_odd(lienzo: Any, folder: Path) -> None:
    copy(folder / "rocket" / "0.jpg", folder / "coffee" / "wrong.jpg")
    (folder / "coffee" / "notes.txt").write_text("hot")
    ran = lienzo("check", str(folder))
    assert ran.status == 0
    assert ran.out.startswith("4 classes, 25 pictures. 1 near duplicate stays with its original")
    assert "  ! coffee/notes.txt is left out: not a picture" in ran.out
    got = "  ! coffee/wrong.jpg and rocket/0.jpg are the same picture under two labels. One of the"
    assert got in ran.out
    assert "  = coffee/wrong.jpg, rocket/0.jpg\n" in ran.out


def test_says_when_nothing_is_odd_and_what_comes_next(lienzo: Any, image_folder: Path) -> None:
    ran = lienzo("check", str(image_folder))
    assert ran.status == 0
    assert f"No problems. Train on it: lienzo train {image_folder} --name MODEL" in ran.out


def test_machines_get_everything(lienzo: Any, folder: Path) -> None:
    copy(folder / "rocket" / "0.jpg", folder / "rocket" / "copy.jpg")
    found = json.loads(lienzo("check", str(folder), "--json").out)
    assert found["classes"] == {"astronaut": 6, "chelsea": 6, "coffee": 6, "rocket": 7}
    assert [each["kind"] for each in found["findings"]] == ["exact_duplicates", "near_duplicates"]
    assert found["near_duplicate_groups"] == [["rocket/0.jpg", "rocket/copy.jpg"]]
    assert found["findings"][0]["paths"] == ["rocket/0.jpg", "rocket/copy.jpg"]


def test_a_file_about_the_labels_is_checked_too(lienzo: Any, folder: Path) -> None:
    (folder / "labels.toml").write_text("[coffe]\nname = 'Coffee'\n")
    ran = lienzo("check", str(folder))
    assert (ran.status, ran.out) == (2, "")
    assert "labels.toml: coffe: the model has no such label; did you mean coffee?" in ran.err


def test_refuses_a_folder_that_is_no_image_set(lienzo: Any, tmp_path: Path) -> None:
    ran = lienzo("check", str(tmp_path))
    assert (ran.status, ran.out) == (2, "")
    assert "has no folder with pictures" in ran.err
