"""`lienzo models`, from the folder and from a gateway."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any


def test_lists_the_repository_and_the_gateway_alike(lienzo: Any, place: Any, target: str) -> None:
    here = json.loads(lienzo("models", "--models", str(place.models), "--json").out)
    there = json.loads(lienzo("models", "--target", target, "--json").out)
    (ours,), (theirs,) = here["models"], there["models"]
    assert abs(ours.pop("threshold") - theirs.pop("threshold")) < 1e-6
    assert ours == theirs
    assert (ours["name"], ours["labels"]) == ("shapes", ["circles", "letters", "stripes"])


def test_people_get_a_table(lienzo: Any, place: Any) -> None:
    ran = lienzo("models", "--models", str(place.models))
    assert ran.status == 0
    assert "shapes" in ran.out
    assert "rootsift · mean · nearest_mean" in ran.out


def test_a_broken_bundle_is_named_and_the_others_are_listed(lienzo: Any, place: Any, tmp_path: Path) -> None:
    shutil.copytree(place.models, tmp_path / "models")
    broken = tmp_path / "models" / "broken" / "1"
    broken.mkdir(parents=True)
    (broken / "manifest.json").write_text("{}")
    ran = lienzo("models", "--models", str(tmp_path / "models"))
    assert ran.status == 0
    assert "broken/1: manifest.json" in ran.err
    assert "shapes" in ran.out


def test_no_models_is_an_answer(lienzo: Any, tmp_path: Path) -> None:
    assert json.loads(lienzo("models", "--models", str(tmp_path), "--json").out) == {"models": []}
    assert "lienzo train" in lienzo("models", "--models", str(tmp_path)).err
