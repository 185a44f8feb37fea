"""Writes a model that was trained elsewhere as a bundle, which is used like any other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import onnx

from bundle import layout
from bundle.folder import read_manifest
from bundle.manifest import Component, Manifest
from bundle.meanings import Meanings, to_bytes
from export.bundle import write_bundle
from export.imported.calibrating import SMALLEST_PROBABILITY, Calibrated
from export.imported.preprocessing import Preprocessing
from export.imported.understanding import ImportedModel
from training.evaluation.calibration import Calibration
from training.graphs.builder import GraphBuilder
from training.graphs.probabilities import build_probabilities
from training.versions import library_versions
from vision.ports import FEATURES, PROBABILITIES

EXTRACTOR: Final = "onnx"


@dataclass(frozen=True)
class ImportedBundle:
    """Everything that goes into the bundle.

    Attributes:
        source: The ONNX file.
        model: The model, read and checked.
        preprocessing: How a picture is prepared.
        labels: The labels, in the order of the model's output.
        calibrated: Calibration and threshold from the user's pictures; None without any.
        meanings: What the labels mean to people; empty where that is not known.
        threshold: Rejection threshold of a model that is not calibrated; 0 recognises every picture.
    """

    source: Path
    model: ImportedModel
    preprocessing: Preprocessing
    labels: tuple[str, ...]
    calibrated: Calibrated | None = None
    meanings: Meanings = field(default_factory=dict)
    threshold: float = 0.0


def write_imported(
    imported: ImportedBundle, root: Path, name: str, created: datetime
) -> tuple[Path, Manifest]:
    """Writes the next version of a model.

    Args:
        imported: Everything that goes into the bundle.
        root: The model repository.
        name: Name of the model.
        created: Time of the import, with its zone.

    Returns:
        The bundle's folder, and its manifest.

    Raises:
        ExportError: When it cannot be written; nothing is left of it then.
    """
    classifier = build_imported_classifier(imported)
    files = {
        layout.FEATURES: imported.model.graph,
        layout.CLASSIFIER: classifier.SerializeToString(deterministic=True),
        **({layout.LABELS: to_bytes(imported.meanings)} if imported.meanings else {}),
    }
    folder = write_bundle(
        root,
        name,
        files,
        lambda version, digests: _manifest(imported, name, version, created, digests),
    )
    return folder, read_manifest(folder)


def build_imported_classifier(imported: ImportedBundle) -> onnx.ModelProto:
    """Builds the graph from `features` (float32, (1, classes)), the model's output, to `probabilities`."""
    made = _probabilities(imported, len(imported.labels))
    # Both graphs are joined for the phone, which takes one version of the operators.
    made.ir_version = imported.model.ir_version
    del made.opset_import[:]
    made.opset_import.append(onnx.helper.make_opsetid("", imported.model.opset))
    onnx.checker.check_model(made, full_check=True)
    return made


def _probabilities(imported: ImportedBundle, count: int) -> onnx.ModelProto:
    if imported.calibrated is None and not imported.model.scores:
        graph = GraphBuilder("probabilities")
        graph.add("Identity", FEATURES, output=PROBABILITIES)
        return graph.model({FEATURES: [1, count]}, {PROBABILITIES: [1, count]})
    calibration = imported.calibrated.calibration if imported.calibrated else Calibration(1.0, None)
    smallest = None if imported.model.scores else SMALLEST_PROBABILITY
    made = build_probabilities(calibration, count, logarithm=smallest is not None, smallest=smallest)
    for node in made.graph.node:
        node.input[:] = [FEATURES if each == "scores" else each for each in node.input]
    made.graph.input[0].name = FEATURES
    return made


def _manifest(
    imported: ImportedBundle, name: str, version: int, created: datetime, digests: dict[str, str]
) -> Manifest:
    model, calibrated = imported.model, imported.calibrated
    background = calibrated.calibration.background if calibrated else None
    plain = "softmax" if model.scores else "none"
    return Manifest(
        name=name,
        version=version,
        created=created,
        recipe=_recipe(imported),
        extractor=Component(name=EXTRACTOR, parameters=_parameters(imported)),
        features="global",
        dimension=model.classes,
        encoder=None,
        classifier=Component(name="imported", parameters={"softmax": model.scores}),
        labels=imported.labels,
        calibration="softmax with background" if background is not None else plain,
        threshold=calibrated.threshold if calibrated else imported.threshold,
        metrics=_metrics(calibrated),
        seed=0,
        versions=library_versions(),
        files=digests,
    )


def _recipe(imported: ImportedBundle) -> dict[str, Any]:
    return {
        "name": "import",
        "file": imported.source.name,
        "sha256": hashlib.sha256(imported.source.read_bytes()).hexdigest(),
    }


def _parameters(imported: ImportedBundle) -> dict[str, Any]:
    model, preprocessing = imported.model, imported.preprocessing
    return {
        "input": model.input,
        "output": model.output,
        "layout": model.layout,
        "side_px": model.side_px,
        "resize_px": model.square_px,
        "crop": preprocessing.crop,
        "color": preprocessing.color,
        "mean": list(preprocessing.mean),
        "deviation": list(preprocessing.deviation),
    }


def _metrics(calibrated: Calibrated | None) -> dict[str, float]:
    if calibrated is None:
        return {}
    low, high = calibrated.right.interval
    return {
        # Not under the name of a figure that training cross-validates.
        "calibrated_accuracy": calibrated.right.value,
        "calibrated_accuracy_low": low,
        "calibrated_accuracy_high": high,
        "answered": calibrated.answered.value,
        "strangers_refused": calibrated.refused.value,
    }
