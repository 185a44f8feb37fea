"""Writes a trained model as a bundle into the model repository."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from bundle import layout
from bundle.folder import read_manifest
from bundle.hierarchy import parents_of
from bundle.manifest import Manifest
from bundle.meanings import Meanings, to_bytes
from export.bundle import write_bundle
from export.classifier.graph import build_classifier
from export.manifest import manifest_of
from export.parity.answers import Parity
from export.parity.classifier import check_classifier
from export.parity.golden import golden_files
from export.parity.reference import reference_file
from export.parity.section import parity_files
from training.classifiers.templates import TemplateClassifier
from training.extractors import graph_of
from training.imagesets.check import Finding
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report import Provenance, report_files
from training.versions import library_versions


@dataclass(frozen=True)
class ExportedModel:
    """The bundle of a model, and the comparison of its graph with scikit-learn."""

    folder: Path
    manifest: Manifest
    parity: Parity


def export_model(
    model: TrainedModel,
    image_set: ImageSet,
    findings: Sequence[Finding],
    root: Path,
    name: str,
    created: datetime,
    meanings: Meanings | None = None,
) -> ExportedModel:
    """Builds the graph, checks it on every picture, and writes the next version of a model.

    Args:
        model: The trained model.
        image_set: The image set that it was trained on.
        findings: Problems of the image set, for the report.
        root: The model repository.
        name: Name of the model.
        created: Time to write into the manifest, with its zone.
        meanings: What its labels mean to people; None or empty says nothing.

    Raises:
        ParityError: When the graph's answers differ from scikit-learn's; nothing is written.
        ExportError: When the bundle cannot be written; nothing is left of it.
    """
    files, parity = model_files(model, image_set)
    sizes = {path: len(content) for path, content in files.items() if path.endswith(".onnx")}
    provenance = Provenance(name, library_versions(), sizes, parents_of(meanings or {}))
    report = report_files(model, image_set, findings, provenance)
    files = {**files, **report, **parity_files(report[layout.PAGE], parity), **_labels(meanings)}
    return write_model(model, image_set, root, name, created, files, parity)


def model_files(model: TrainedModel, image_set: ImageSet) -> tuple[dict[str, bytes], Parity]:
    """Makes the files that answer and those that check answers, by path: graphs, golden files, references.

    Args:
        model: The trained model.
        image_set: The image set that it was trained on.

    Raises:
        ParityError: When the graph's answers differ from scikit-learn's.
    """
    graph = build_classifier(model)
    parity, asked = check_classifier(model, graph, [picture.path for picture in image_set.pictures])
    return {
        **_feature_graph(model),
        layout.CLASSIFIER: graph.SerializeToString(deterministic=True),
        **golden_files(model, graph, image_set),
        **_exemplars(model),
        **_templates(model),
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
        model: The trained model.
        image_set: The image set that it was trained on.
        root: The model repository.
        name: Name of the model.
        created: Time to write into the manifest, with its zone.
        files: Contents by path from the bundle's root.
        parity: The comparison of its graph.
    """
    folder = write_bundle(
        root,
        name,
        files,
        lambda number, digests: manifest_of(model, image_set, name, number, created, digests),
    )
    return ExportedModel(folder, read_manifest(folder), parity)


def _labels(meanings: Meanings | None) -> dict[str, bytes]:
    return {layout.LABELS: to_bytes(meanings)} if meanings else {}


def _exemplars(model: TrainedModel) -> dict[str, bytes]:
    return {layout.EXEMPLARS: model.verification.exemplars.to_bytes()} if model.verification else {}


def _templates(model: TrainedModel) -> dict[str, bytes]:
    if not isinstance(model.estimator, TemplateClassifier):
        return {}
    stream = io.BytesIO()
    np.save(stream, model.estimator.templates_.astype(np.float32), allow_pickle=False)
    return {layout.TEMPLATES: stream.getvalue()}


def _feature_graph(model: TrainedModel) -> dict[str, bytes]:
    """Makes `features.onnx` where the extractor, or a part of it, is a graph: the one that training ran."""
    graph = graph_of(model.recipe.create_extractor())
    return {layout.FEATURES: graph.model().SerializeToString(deterministic=True)} if graph else {}
