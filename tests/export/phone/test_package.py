"""The Core ML package of a bundle: what it says, that it answers as the server, when it is not written."""

from __future__ import annotations

import json
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bundle import layout
from bundle.folder import read_bundle
from bundle.meanings import to_bytes
from export.errors import ParityError
from export.parity.samples import edge_pictures, pictures_of
from export.phone import package as packages
from export.phone.package import PackageOptions, export_package
from export.pipeline import read_pipeline
from export.update import update_bundle
from lienzo_coreml.interpreter import load_model
from tests.support.permissions import unreadable_for_others

Samples = list[tuple[str, NDArray[np.uint8]]]
LABELS = ("checks", "stripes", "dots")


def test_writes_a_package_that_takes_descriptors(descriptor_bundle: Path, samples: Samples) -> None:
    options = PackageOptions(author="A. Author", license="CC0")
    exported = export_package(read_pipeline(descriptor_bundle), [*samples, *edge_pictures()], options)
    assert exported.path == descriptor_bundle / layout.PACKAGE
    assert exported.parity.max_probability_difference < 1e-5
    assert [answer.descriptors for answer in exported.parity.answers if "black" in answer.sample] == [0]
    model = load_model(exported.path)
    (given,) = model.description.input
    assert given.type.multiArrayType.shapeRange.sizeRanges[0].upperBound == 2000
    assert "rootsift" in given.shortDescription
    texts = model.description.metadata
    assert (texts.author, texts.license, texts.versionString) == ("A. Author", "CC0", "1")
    assert (model.description.predictedFeatureName, model.outputs) == ("label", ["label", "probabilities"])


def test_writes_a_package_that_takes_pictures(picture_bundle: Path, samples: Samples) -> None:
    exported = export_package(read_pipeline(picture_bundle), [*samples, *edge_pictures()])
    assert exported.parity.max_probability_difference < 1e-4
    assert [a.label for a in exported.parity.answers[:6]] == [label for label in LABELS for _ in range(2)]
    model = load_model(exported.path)
    image = model.images["image"]
    assert (image.width, image.height, image.color) == (96, 96, "RGB")
    entries = model.description.metadata.userDefined
    assert entries["com.apple.coreml.model.preview.type"] == "imageClassifier"
    assert entries["lienzo.input.size_px"] == "96x96"
    probabilities = model.predict({"image": np.zeros((96, 96, 3), np.uint8)})["probabilities"]
    assert list(probabilities) == list(LABELS)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_names_the_files_of_the_package_in_the_manifest(picture_bundle: Path, samples: Samples) -> None:
    export_package(read_pipeline(picture_bundle), samples[:1])
    first = read_bundle(picture_bundle)
    assert f"{layout.PACKAGE}/Manifest.json" in first.files
    export_package(read_pipeline(picture_bundle), samples[:1])
    assert read_bundle(picture_bundle) == first  # the same model is the same bytes


def test_a_package_carries_what_the_labels_mean(picture_bundle: Path, samples: Samples) -> None:
    meanings = {"dots": {"name": "Dots", "name_es": "Puntos"}}
    update_bundle(picture_bundle, read_bundle(picture_bundle), {layout.LABELS: to_bytes(meanings)}, {})
    export_package(read_pipeline(picture_bundle), samples[:1])
    entries = load_model(picture_bundle / layout.PACKAGE).description.metadata.userDefined
    assert json.loads(entries["lienzo.meanings"]) == meanings


def test_another_user_may_read_a_bundle_with_a_package(picture_bundle: Path, samples: Samples) -> None:
    before = os.umask(0o077)
    try:
        export_package(read_pipeline(picture_bundle), samples[:1])
    finally:
        os.umask(before)
    assert unreadable_for_others(picture_bundle) == []


def test_halves_the_precision_on_request(picture_bundle: Path, samples: Samples, tmp_path: Path) -> None:
    options = PackageOptions(precision="fp16")
    pictures = [*samples, *edge_pictures()]
    half = export_package(read_pipeline(picture_bundle), pictures, options, tmp_path / "half.mlpackage")
    assert "cast" in load_model(half.path).program.operations
    assert 0 < half.parity.max_probability_difference <= options.tolerance


def test_stops_where_the_package_answers_otherwise(
    picture_bundle: Path, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    convert = packages.convert

    def spoilt(graph: object, **options: object) -> object:
        return convert(graph, **{**options, "labels": ["stripes", "checks", "dots"]})

    monkeypatch.setattr(packages, "convert", spoilt)
    with pytest.raises(ParityError, match="checks 50: Core ML answers stripes, onnxruntime answers checks"):
        export_package(read_pipeline(picture_bundle), samples)
    assert not (picture_bundle / layout.PACKAGE).exists()
    assert [path.name for path in picture_bundle.iterdir() if path.name.startswith(".")] == []


def test_stops_where_scikit_learn_answers_otherwise(descriptor_bundle: Path, samples: Samples) -> None:
    with pytest.raises(ParityError, match="50: onnxruntime answers checks, scikit-learn answers stripes"):
        export_package(
            read_pipeline(descriptor_bundle),
            samples[:1],
            reference=lambda rows: np.array([0.05, 0.9, 0.05]),
        )


def test_reports_every_picture(descriptor_bundle: Path, samples: Samples) -> None:
    report = export_package(read_pipeline(descriptor_bundle), samples).parity.to_json()
    assert json.loads(json.dumps(report))["same_label"] == 1
    assert report["pictures"] == 7
    assert report["answers"][-1]["sample"] == "a picture without descriptors"
    assert report["answers"][0]["sample"] == "checks 50"


def test_compares_on_real_paintings(picture_bundle: Path, shared_data: Path) -> None:
    paintings = list(islice(pictures_of(shared_data / "artworks19", 192), 20))
    exported = export_package(read_pipeline(picture_bundle), paintings)
    assert len(exported.parity.answers) == 20
    assert exported.parity.max_probability_difference <= 1e-4
