"""A trained model as a bundle in the model repository."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from bundle import layout
from bundle.manifest import Component, Manifest, Parameter, TrainingData
from export.bundle import write_bundle
from export.classifier.graph import build_classifier
from export.parity.answers import Parity
from export.parity.classifier import check_classifier
from export.parity.golden import golden_files
from export.parity.reference import reference_file
from export.parity.section import parity_files
from training.extractors import feature_kind
from training.graphs.extractors.extractor import GraphExtractor
from training.imagesets.check import check_image_set
from training.imagesets.imageset import ImageSet
from training.report import Provenance, report_files
from training.strict import Strict
from training.trainer import TrainedModel

_LIBRARIES = (
    "lienzo",
    "numpy",
    "opencv-contrib-python-headless",
    "onnx",
    "onnxruntime",
    "scikit-learn",
    "skl2onnx",
)


@dataclass(frozen=True)
class ExportedModel:
    """Where a model went, and how close its graph is to scikit-learn."""

    folder: Path
    manifest: Manifest
    parity: Parity


def export_model(
    model: TrainedModel, image_set: ImageSet, root: Path, name: str, created: datetime
) -> ExportedModel:
    """Builds the graph, checks it on every picture, and writes the next version of a model.

    Args:
        model: What was learnt.
        image_set: What it was learnt from.
        root: The model repository.
        name: Name of the model.
        created: Time to write into the manifest, with its zone.

    Raises:
        ParityError: When the graph answers other than scikit-learn; nothing is written.
        ExportError: When the bundle cannot be written; nothing is left of it.
    """
    files, parity = model_files(model, image_set)
    return write_model(
        model,
        image_set,
        root,
        name,
        created,
        {**files, **_report(model, image_set, name, files, parity)},
        parity,
    )


def model_files(model: TrainedModel, image_set: ImageSet) -> tuple[dict[str, bytes], Parity]:
    """What answers, and what it must answer: graphs, golden files and scikit-learn's answers, by path.

    Args:
        model: What was learnt.
        image_set: What it was learnt from.

    Raises:
        ParityError: When the graph answers other than scikit-learn.
    """
    graph = build_classifier(model)
    parity, asked = check_classifier(model, graph, [picture.path for picture in image_set.pictures])
    return {
        **_feature_graph(model),
        layout.CLASSIFIER: graph.SerializeToString(deterministic=True),
        **golden_files(model, graph, image_set),
        layout.REFERENCE: reference_file(asked),
    }, parity


def write_model(
    model: TrainedModel,
    image_set: ImageSet,
    root: Path,
    name: str,
    created: datetime,
    files: Mapping[str, bytes],
    parity: Parity,
) -> ExportedModel:
    """Writes the next version of a model from its files; arguments and errors as for `export_model`.

    Args:
        model: What was learnt.
        image_set: What it was learnt from.
        root: The model repository.
        name: Name of the model.
        created: Time to write into the manifest, with its zone.
        files: Contents by path from the bundle's root.
        parity: How its graph was compared.
    """
    described: list[Manifest] = []

    def describe(number: int, digests: dict[str, str]) -> Manifest:
        described.append(_manifest(model, image_set, name, number, created, digests))
        return described[-1]

    folder = write_bundle(root, name, files, describe)
    return ExportedModel(folder, described[-1], parity)


def _feature_graph(model: TrainedModel) -> dict[str, bytes]:
    """`features.onnx`, where the extractor is a graph: the one that training ran."""
    extractor = model.recipe.create_extractor()
    if not isinstance(extractor, GraphExtractor):
        return {}
    return {layout.FEATURES: extractor.model().SerializeToString(deterministic=True)}


def _report(
    model: TrainedModel, image_set: ImageSet, name: str, files: Mapping[str, bytes], parity: Parity
) -> dict[str, bytes]:
    sizes = {path: len(content) for path, content in files.items() if path.endswith(".onnx")}
    findings = check_image_set(image_set, model.recipe.validation.folds)
    report = report_files(model, image_set, findings, Provenance(name, _versions(), sizes))
    return {**report, **parity_files(report[layout.PAGE], parity)}


def _manifest(
    model: TrainedModel,
    image_set: ImageSet,
    name: str,
    number: int,
    created: datetime,
    digests: dict[str, str],
) -> Manifest:
    extractor = model.recipe.create_extractor()
    low, high = model.metrics.accuracy_interval
    background = model.calibration.background
    return Manifest(
        name=name,
        version=number,
        created=created,
        recipe=model.recipe.model_dump(mode="json"),
        extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
        features=feature_kind(extractor),
        dimension=extractor.dimension,
        encoder=_component(model.candidate.encoder),
        classifier=_component(model.candidate.classifier),
        labels=model.labels,
        calibration="softmax" if background is None else "softmax with background",
        threshold=model.open_set.threshold,
        metrics={
            "accuracy": model.metrics.accuracy,
            "accuracy_deviation": model.metrics.accuracy_deviation,
            "accuracy_low": low,
            "accuracy_high": high,
            "log_loss": model.metrics.log_loss,
            "calibration_error": model.metrics.calibration_error,
            "known_kept": model.open_set.kept,
            "strangers_refused": model.open_set.refused,
        },
        training_data=TrainingData(
            fingerprint=image_set.fingerprint,
            pictures=len(image_set.pictures),
            groups=len(np.unique(image_set.groups)),
        ),
        seed=model.seed,
        versions=_versions(),
        files=digests,
    )


def _component(settings: Strict) -> Component:
    parameters = dict(_flat(settings.model_dump(mode="json")))
    return Component(name=str(parameters.pop("name")), parameters=parameters)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
    """Parameters of members by dotted names, `members.1.name`: a manifest has no tables in tables."""
    for name, value in table.items():
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            for number, member in enumerate(value, 1):
                yield from ((f"{name}.{number}.{key}", inner) for key, inner in _flat(member))
        else:
            yield name, value


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:  # Another build of the same library, such as plain OpenCV.
            continue
    return found
