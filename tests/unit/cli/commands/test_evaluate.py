"""`lienzo evaluate` against real services, and the counting behind it."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bundle import layout
from bundle.hierarchy import GroupCounts
from cli.results.evaluation import summary
from cli.results.scores import Scores, Verdict
from lienzo_client import Model
from tests.support.pictures import draw, jpeg
from training.imagesets.imageset import read_image_set
from training.imagesets.seen import seen_file

ROOT = Path(__file__).resolve().parents[4]


def test_a_labelled_folder_is_scored(lienzo: Any, place: Any, target: str) -> None:
    ran = lienzo("evaluate", "shapes", str(place.photos), "--target", target, "--json")
    found = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (found["accuracy"], found["count"], found["not_recognized"]) == (1.0, 6, 0)
    assert found["per_label"]["circles"]["recall"] == 1.0
    assert found["confusion"]["grid"] == {"grid": 2}
    assert found["model"] == {"name": "shapes", "version": 1}


def test_photographs_of_the_pictures_are_asked_about(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    folder = shutil.copytree(place.photos, tmp_path / "photos")
    (folder / "circles" / "broken.jpg").write_bytes(Path(place.photo("circles")).read_bytes()[:900])
    asked = ("evaluate", "shapes", str(folder), "--target", target, "--photographed", "--json")
    one, two = (lienzo(*asked) for _ in range(2))
    found = json.loads(one.out)
    assert (one.status, found["photographed"], found["count"]) == (0, True, 6)
    assert one.out == two.out
    assert "broken.jpg: truncated JPEG" in one.err
    plain = json.loads(lienzo("evaluate", "shapes", str(place.photos), "--target", target, "--json").out)
    assert (plain["photographed"], plain["confusion"]) != (True, found["confusion"])


def test_says_what_photographs_need_where_only_serving_is_installed(
    lienzo: Any, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "training.augmentation.photographing", None)
    ran = lienzo("evaluate", "shapes", str(place.photos), "--models", str(place.models), "--photographed")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "evaluate --photographed needs" in ran.err
    assert f"pip install -e '{ROOT}[train]'" in ran.err


def test_mistakes_broken_files_and_strangers_are_told(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    shutil.copytree(place.photos, folder)
    shutil.copy(place.photo("circles"), folder / "grid" / "wrong.jpg")
    (folder / "circles" / "broken.jpg").write_bytes(Path(place.photo("circles")).read_bytes()[:900])
    (folder / "dogs").mkdir()
    shutil.copy(place.photo("strokes"), folder / "dogs" / "rex.jpg")
    ran = lienzo("evaluate", "shapes", str(folder), "--target", target)
    assert ran.status == 0
    assert "accuracy 0.857 (6 of 7 pictures, 3 labels)" in ran.out
    assert "wrong.jpg" in ran.out
    assert "Not answered: 1" in ran.out
    assert "counted apart as strangers: dogs" in ran.err
    assert "broken.jpg: truncated JPEG" in ran.err


def test_a_flat_folder_is_scored_by_the_names_of_its_files(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    for path in sorted(Path(place.photos).rglob("*.jpg")):
        shutil.copy(path, tmp_path / f"{path.parent.name}_{path.name}")
    found = json.loads(lienzo("evaluate", "shapes", str(tmp_path), "--target", target, "--json").out)
    assert (found["accuracy"], found["count"]) == (1.0, 6)


def test_a_folder_without_labels_is_refused(lienzo: Any, place: Any) -> None:
    ran = lienzo("evaluate", "shapes", str(place.photos / "circles"), "--models", str(place.models))
    assert ran.status == 2
    assert "no pictures in folders by label" in ran.err


def test_folders_that_are_no_labels_at_all_are_refused(
    lienzo: Any, place: Any, target: str, tmp_path: Path
) -> None:
    (tmp_path / "dogs").mkdir()
    shutil.copy(place.photo("strokes"), tmp_path / "dogs" / "rex.jpg")
    ran = lienzo("evaluate", "shapes", str(tmp_path), "--target", target)
    assert ran.status == 2
    assert "none of its folders is a label of shapes (circles, grid, strokes)" in ran.err


def test_pictures_of_the_training_are_told(lienzo: Any, place: Any, tmp_path: Path) -> None:
    models, photos = shutil.copytree(place.models, tmp_path / "models"), place.photos
    taught = shutil.copytree(photos, tmp_path / "taught")
    (taught / "circles" / "201.jpg").unlink()
    remembered = models / "shapes" / "1" / layout.PICTURES
    remembered.parent.mkdir()
    remembered.write_bytes(seen_file(read_image_set(photos)))
    (taught / "circles" / "new.jpg").write_bytes(jpeg(draw("circles", 7)))
    asked = ("evaluate", "shapes", str(taught), "--models", str(models), "--json")
    got = json.loads(lienzo(*asked).out)["seen_in_training"]
    assert got["count"] == 5
    assert str(taught / "circles" / "200.jpg") in got["pictures"]
    assert got["others"] == {"count": 1, "accuracy": 1.0}


def test_accuracy_on_other_pictures_is_told_beside_the_flattered_one() -> None:
    right, wrong = verdict("a", "a"), Verdict("b", "new.jpg", "a", 0.9, True)
    scores = Scores(["a", "b"], [right, wrong], frozenset({right.picture}))
    created = datetime.now(UTC)
    model = Model("shapes", 1, ("a", "b"), "sift", "", "linear_svm", 0.5, 0.9, created, False, "")
    assert "! 1 of 2 pictures were trained on" in str(summary(scores, model))
    assert "Of the 1 others 0 are right (0.000)." in str(summary(scores, model))
    both = Scores(["a", "b"], [right, wrong], frozenset({right.picture, wrong.picture}))
    assert "! All 2 pictures were trained on, as they are or re-encoded" in str(summary(both, model))
    assert "trained on" not in str(summary(Scores(["a", "b"], [right, wrong], frozenset()), model))


def test_figures_of_drawn_photographs_are_told_as_such() -> None:
    scores = Scores(["a", "b"], [verdict("a", "a"), verdict("b", "b")], None)
    model = Model("shapes", 1, ("a", "b"), "sift", "", "linear_svm", 0.5, 0.9, datetime.now(UTC), False, "")
    assert "(2 of 2 pictures, 2 labels)" in str(summary(scores, model))
    assert "(2 of 2 drawn photographs of pictures, 2 labels)" in str(
        summary(scores, model, photographed=True)
    )


def verdict(label: str, best: str, *, recognized: bool = True, error: str = "") -> Verdict:
    return Verdict(label, f"{label}.jpg", best, 0.9, recognized, error)


def test_accuracy_counts_the_best_label_also_where_it_was_not_recognized() -> None:
    scores = Scores(
        ["a", "b"],
        [verdict("a", "a"), verdict("a", "a", recognized=False), verdict("b", "a"), verdict("b", "b")],
    )
    assert (scores.accuracy, scores.not_recognized, scores.recognized_right) == (0.75, 1, 2)
    assert scores.per_label("a") == {
        "count": 2,
        "right": 2,
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "f1": pytest.approx(0.8),
        "not_recognized": 1,
    }


def test_right_and_wrong_groups_of_the_pictures_that_are_not_recognised_are_told() -> None:
    def unknown(label: str, group: str) -> Verdict:
        return replace(verdict(label, "lynx", recognized=False), group=group)

    parents = {"tabby": "cat", "lynx": "cat", "cat": "animal", "pug": "animal"}
    asked = [
        verdict("tabby", "tabby"),
        unknown("tabby", "cat"),
        unknown("tabby", "animal"),
        unknown("pug", "cat"),
        unknown("pug", ""),
        unknown("toaster", "animal"),
    ]
    scores = Scores(["tabby", "lynx", "pug"], asked, None, parents)
    assert scores.grouped == GroupCounts(right=2, wrong=1, none=1)
    told = scores.to_json("cats", 1)
    assert told["groups"] == {"right": 2, "wrong": 1, "none": 1}
    assert told["strangers"] == {"count": 1, "not_recognized": 1, "groups": 1}
    model = Model("cats", 1, ("a",), "sift", "", "linear_svm", 0.5, None, datetime.now(UTC), False, "")
    text = str(summary(scores, model))
    assert "Of the not recognised 2 got a right group of labels, 1 a wrong one, 1 none." in text
    assert text.endswith("Strangers: 1 of 1 not recognised; 1 of them got a group.")
    without = Scores(["tabby", "lynx", "pug"], asked[3:4])
    assert (without.grouped, without.to_json("cats", 1)["groups"]) == (None, None)
    assert "group" not in str(summary(without, model))


def test_strangers_and_failures_do_not_count() -> None:
    scores = Scores(
        ["a"], [verdict("a", "a"), verdict("z", "a", recognized=False), verdict("a", "", error="broken")]
    )
    assert (scores.count, scores.accuracy, scores.refused_strangers, len(scores.failed)) == (1, 1.0, 1, 1)
