"""A network that was trained elsewhere as extractor, with a light classifier on top."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bundle.folder import read_bundle
from cli.main import run_command
from export.imported.preprocessing import preprocessing_of
from export.imported.understanding import understand
from export.phone.package import export_package
from export.pipeline import read_pipeline
from tests.support.imported import residual, save_model
from tests.support.signs import write_signs
from training.errors import RecipeError
from training.graphs.extractors.imported import ImportedGraph
from training.recipe import load_recipe
from vision.picture import decode


@pytest.mark.slow
def test_a_light_classifier_learns_on_what_a_network_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    photos = write_signs(tmp_path / "photos", 5)
    file, models = save_model(residual(side=48), tmp_path, "backbone"), tmp_path / "models"
    given = [
        "train",
        str(photos),
        "--extractor",
        f"onnx:{file}#v13",
        "--preprocess",
        "unit",
        "--name",
        "signs",
    ]
    assert run_command([*given, "--models", str(models), "--jobs", "1", "--json"]) == 0
    said = capsys.readouterr()
    assert f'{file}: 8 numbers of "v13"' in said.err
    found = json.loads(said.out)
    assert found["accuracy"] > 0.4  # of four letters, by eight random numbers
    assert found["recipe"]["extractor"]["file"] == "backbone.onnx"
    folder = Path(found["model"]["folder"])
    manifest = read_bundle(folder)
    assert (manifest.extractor.name, manifest.dimension, manifest.features) == ("onnx", 8, "global")
    pipeline = read_pipeline(folder)
    samples = [(each.name, decode(each.read_bytes()).pixels) for each in sorted(photos.glob("*_0.png"))]
    package = export_package(pipeline, samples, output=tmp_path / "signs.mlpackage")
    assert package.parity.same_label == package.parity.pictures
    assert package.parity.max_probability_difference <= 1e-4
    assert "--extractor onnx:backbone.onnx" in (folder / "report" / "index.html").read_text()


@pytest.mark.slow
def test_the_extractor_runs_the_network_as_it_is(tmp_path: Path) -> None:
    model = understand(save_model(residual(), tmp_path), preprocessing_of("imagenet"))
    extractor = ImportedGraph.of(model.graph, "model.onnx")
    assert (extractor.dimension, extractor.side_px, extractor.is_centred) == (4, 37, True)
    assert extractor.model().SerializeToString(deterministic=True) == model.graph
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    expected = extractor.loaded.extract(pixels).rows
    np.testing.assert_array_equal(extractor.extract(pixels).rows, expected)
    recipe = load_recipe("embeddings").with_graph(extractor).within(5)
    assert recipe.create_extractor() is extractor
    with pytest.raises(RecipeError, match="the extractor onnx gives one vector, which goes with"):
        load_recipe("tutorial").with_graph(extractor)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--recipe", "embeddings"), "recipe embeddings: add --extractor onnx:FILE.onnx"),
        (("--extractor", "sift"), "--extractor sift: expected onnx:FILE.onnx"),
        (("--extractor", "onnx:nowhere.onnx"), "nowhere.onnx: cannot be read"),
    ],
)
def test_says_what_is_missing(
    more: tuple[str, ...],
    sentence: str,
    image_folder: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["train", str(image_folder), "--name", "x", "--models", str(tmp_path / "models"), *more]
    assert run_command(given) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "models").exists()
