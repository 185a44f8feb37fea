"""`lienzo models`, from the folder and from a gateway."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bundle import layout
from bundle.folder import read_bundle
from bundle.meanings import read_meanings


def test_lists_the_repository_and_the_gateway_alike(lienzo: Any, place: Any, target: str) -> None:
    here = json.loads(lienzo("models", "--models", str(place.models), "--json").out)
    there = json.loads(lienzo("models", "--target", target, "--json").out)
    (ours,), (theirs,) = here["models"], there["models"]
    assert abs(ours.pop("threshold") - theirs.pop("threshold")) < 1e-6
    assert ours == theirs
    assert (ours["name"], ours["labels"]) == ("shapes", ["circles", "grid", "strokes"])


def test_people_get_a_table(lienzo: Any, place: Any) -> None:
    ran = lienzo("models", "--models", str(place.models))
    assert ran.status == 0
    assert "shapes" in ran.out
    assert "rootsift · mean · nearest_mean" in ran.out


def test_a_broken_bundle_is_named_and_the_others_are_listed(lienzo: Any, place: Any, tmp_path: Path) -> None:
    shutil.copytree(place.models, tmp_path / "models")
    broken = tmp_path / "models" / "broken" / "1"
    broken.mkdir(parents=True)
    (broken / layout.MANIFEST).write_text("{}")
    ran = lienzo("models", "--models", str(tmp_path / "models"))
    assert ran.status == 0
    assert "broken/1: manifest.json" in ran.err
    assert "shapes" in ran.out


def test_a_bundle_that_lacks_a_file_is_named_and_not_listed(lienzo: Any, place: Any, tmp_path: Path) -> None:
    shutil.copytree(place.models / "shapes", tmp_path / "models" / "torn")
    (next((tmp_path / "models" / "torn").iterdir()) / layout.CLASSIFIER).unlink()
    ran = lienzo("models", "--models", str(tmp_path / "models"), "--json")
    assert f"{layout.CLASSIFIER} is missing" in ran.err
    assert json.loads(ran.out) == {"models": []}


def test_what_a_manifest_does_not_tell_is_not_made_up(lienzo: Any, place: Any, tmp_path: Path) -> None:
    shutil.copytree(place.models, tmp_path / "models")
    file = next((tmp_path / "models" / "shapes").iterdir()) / layout.MANIFEST
    manifest = json.loads(file.read_text())
    classifier = manifest["files"][layout.CLASSIFIER]
    file.write_text(json.dumps({**manifest, "metrics": {}, "files": {layout.CLASSIFIER: classifier}}))
    ran = lienzo("models", "--models", str(tmp_path / "models"), "--json")
    assert (file.parent / layout.PACKAGE).is_dir()
    (model,) = json.loads(ran.out)["models"]
    assert (model["accuracy"], model["has_coreml"]) == (None, False)
    assert "unknown" in lienzo("models", "--models", str(tmp_path / "models")).out


def test_no_models_is_an_answer(lienzo: Any, tmp_path: Path) -> None:
    assert json.loads(lienzo("models", "--models", str(tmp_path), "--json").out) == {"models": []}
    assert "lienzo train" in lienzo("models", "--models", str(tmp_path)).err


def test_pulls_the_package_for_the_phone_as_a_zip_file(lienzo: Any, place: Any, tmp_path: Path) -> None:
    ran = lienzo(
        "models", "pull", "shapes", "--models", str(place.models), "--output", str(tmp_path), "--json"
    )

    assert ran.status == 0, ran.err
    got = json.loads(ran.out)
    assert hashlib.sha256(Path(got["path"]).read_bytes()).hexdigest() == got["sha256"]
    with zipfile.ZipFile(got["path"]) as package:
        assert {name.split("/")[0] for name in package.namelist()} == {layout.PACKAGE}


def test_says_how_to_make_a_package_that_is_not_there(lienzo: Any, place: Any, tmp_path: Path) -> None:
    shutil.copytree(place.models, tmp_path / "models")
    file = next((tmp_path / "models" / "shapes").iterdir()) / layout.MANIFEST
    manifest = json.loads(file.read_text())
    manifest["files"] = {
        path: digest
        for path, digest in manifest["files"].items()
        if not path.startswith(f"{layout.PACKAGE}/")
    }
    file.write_text(json.dumps(manifest))
    output = tmp_path / "pulled"

    ran = lienzo("models", "pull", "shapes", "--models", str(tmp_path / "models"), "--output", str(output))

    assert ran.status == 2
    assert "lienzo export shapes --to coreml" in ran.err
    assert not list(output.iterdir())


LABELS = """
[grid]
name = "The grid"
name_es = "La cuadrícula"
year = 1931
"""


@pytest.fixture
def models(place: Any, tmp_path: Path) -> Path:
    """A model repository to change."""
    return Path(shutil.copytree(place.models, tmp_path / "models"))


def test_describes_labels_in_a_bundle_that_stays_whole(lienzo: Any, models: Path, tmp_path: Path) -> None:
    file = tmp_path / "any.toml"
    file.write_text(LABELS, encoding="utf-8")
    arguments = ("--labels", str(file), "--models", str(models))
    folder = models / "shapes" / "1"
    before = read_bundle(folder)

    ran = lienzo("models", "describe", "shapes", *arguments)

    assert ran.status == 0, ran.err
    assert "shapes version 1: 1 of 3 labels described." in ran.out
    assert "lienzo export shapes --to coreml" in ran.err
    manifest = read_bundle(folder)
    assert {**manifest.files, layout.LABELS: ""} == {**before.files, layout.LABELS: ""}
    assert read_meanings(manifest, folder)["grid"]["name_es"] == "La cuadrícula"

    file.write_text("[circles]\nname = 'Circles'\n[grid]\nname = ''\n", encoding="utf-8")
    got = json.loads(lienzo("models", "describe", str(folder), "--labels", str(file), "--json").out)
    assert (got["version"], got["labels"], got["described"]) == (1, 3, 1)
    assert read_meanings(read_bundle(folder), folder)["circles"] == {"name": "Circles"}


def test_a_file_with_a_mistake_changes_nothing(lienzo: Any, models: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.toml"
    file.write_text("[grid]\nyear = [1931]\n")
    before = {path: path.read_bytes() for path in models.rglob("*") if path.is_file()}
    ran = lienzo("models", "describe", "shapes", "--labels", str(file), "--models", str(models))
    assert (ran.status, ran.out) == (2, "")
    assert f"{file}: grid: year: a list; write a text, a number or a date." in ran.err
    assert {path: path.read_bytes() for path in models.rglob("*") if path.is_file()} == before


def test_describing_needs_a_model_and_a_file(lienzo: Any, models: Path, tmp_path: Path) -> None:
    assert "--labels FILE" in lienzo("models", "describe", "shapes", "--models", str(models)).err
    file = tmp_path / "labels.toml"
    file.write_text("")
    ran = lienzo("models", "describe", "shape", "--labels", str(file), "--models", str(models))
    assert ran.status == 2
    assert "Did you mean shapes?" in ran.err
