"""`lienzo explain`: a page or a folder, the answer in words, and wrong input told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MODEL = ("--model", "shapes")


def test_a_page_is_written_and_the_answer_told(lienzo: Any, place: Any, tmp_path: Path) -> None:
    page = tmp_path / "not yet there" / "why.html"
    ran = lienzo("explain", place.photo("grid"), *MODEL, "--models", str(place.models), "--output", str(page))
    assert (ran.status, ran.err) == (0, "")
    first, why, last = ran.out.splitlines()
    assert first.endswith(".jpg: grid")
    assert "70 % is needed" in why
    assert last == f"Page: {page}"
    text = page.read_text(encoding="utf-8")
    assert "What shapes 1 sees in this picture" in text
    assert why.strip() in text


def test_without_a_model_a_folder_has_each_part(
    lienzo: Any, place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = lienzo("explain", place.photo("circles"), "--output", "seen", "--extractor", "orb", "--json")
    facts = json.loads(ran.out)
    assert (facts["answer"], facts["model"], facts["output"]) == (None, "", "seen/index.html")
    assert facts["parts"]["keypoints"]["extractor"] == "orb"
    written = {each.name for each in (tmp_path / "seen").iterdir()}
    parts = {f"{name}.json" for name in facts["parts"]}
    assert {"index.html", "explanation.json", "keypoints.png", "one_descriptor.svg"} | parts <= written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jpg",), "nowhere.jpg: no such file or directory."),
        (("PHOTO", "--model", "patern", "--models", "MODELS"), "There are: shapes (version 1)"),
        (("PHOTO", "--extractor", "sitf"), 'no extractor "sitf". There are: akaze'),
        (("PHOTO", "--keypoint", "99999"), "keypoint 99999: there are only 0 to "),
        (("PHOTO", "--pictures", "."), "--pictures shows what a model finds similar: name it with --model."),
        (("PHOTO", "--model", "shapes", "--extractor", "orb"), "--extractor orb: shapes has its own"),
        (("NOTES",), "not a picture (text/plain)"),
    ],
)
def test_wrong_input_is_told_and_nothing_written(
    lienzo: Any, place: Any, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    stands_for = {"PHOTO": place.photo("grid"), "NOTES": str(notes), "MODELS": str(place.models)}
    page = tmp_path / "page.html"
    ran = lienzo("explain", *(stands_for.get(each, each) for each in arguments), "--output", str(page))
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert not page.exists()


def test_a_file_is_not_taken_for_the_folder_of_the_parts(lienzo: Any, place: Any, tmp_path: Path) -> None:
    there = tmp_path / "drawing.png"
    there.write_bytes(b"mine")
    ran = lienzo("explain", place.photo("grid"), "--output", str(there))
    assert (ran.status, ran.out) == (2, "")
    assert f"{there} is a file: name a page, FILE.html, or a folder." in ran.err
    assert there.read_bytes() == b"mine"
