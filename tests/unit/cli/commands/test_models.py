"""`lienzo models`, from the folder and from a gateway."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

from bundle import layout


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
    told = json.loads(ran.out)
    assert hashlib.sha256(Path(told["path"]).read_bytes()).hexdigest() == told["sha256"]
    with zipfile.ZipFile(told["path"]) as package:
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
