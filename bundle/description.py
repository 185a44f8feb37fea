"""Describes a bundle's model by its manifest, as plain data for lists of models, here and on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bundle import layout
from bundle.manifest import Manifest


@dataclass(frozen=True)
class ModelDescription:
    """One version of a model.

    Attributes:
        name: Name in the model repository.
        version: Version, 1 or more.
        labels: Labels in the order of the model's output.
        extractor: Extractor, such as `rootsift`.
        encoder: Encoder, such as `vlad`; empty where the extractor is global.
        classifier: Classifier, such as `linear_svm`.
        threshold: Rejection threshold, 0 to 1.
        accuracy: Cross-validated accuracy, 0 to 1; None where the manifest has none.
        created: Time when the training finished, with its zone.
        has_coreml: Whether the manifest lists a Core ML package, which can then be downloaded.
        fingerprint: Equal for two bundles that answer the same.
    """

    name: str
    version: int
    labels: tuple[str, ...]
    extractor: str
    encoder: str
    classifier: str
    threshold: float
    accuracy: float | None
    created: datetime
    has_coreml: bool
    fingerprint: str


def describe(manifest: Manifest) -> ModelDescription:
    """Returns the description of the model that a manifest belongs to."""
    return ModelDescription(
        name=manifest.name,
        version=manifest.version,
        labels=manifest.labels,
        extractor=manifest.extractor.name,
        encoder=manifest.encoder.name if manifest.encoder else "",
        classifier=manifest.classifier.name,
        threshold=manifest.threshold,
        accuracy=manifest.metrics.get("accuracy"),
        created=manifest.created,
        has_coreml=bool(package_files(manifest)),
        fingerprint=manifest.fingerprint,
    )


def package_files(manifest: Manifest) -> tuple[str, ...]:
    """Lists the files of the Core ML package by path from the bundle's root, sorted; empty without a package.

    Files that the manifest does not list were not compared with the model, and are not handed out.
    """
    return tuple(sorted(path for path in manifest.files if path.startswith(f"{layout.PACKAGE}/")))
