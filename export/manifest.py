"""Makes the manifest of a trained model's bundle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from bundle.manifest import Component, Manifest, Parameter, TrainingData, Verification
from training.extractors import feature_kind, vector_size
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.strict import Strict
from training.verification.learning import LearntVerification
from training.versions import library_versions
from vision.matching import MatchingSettings


def manifest_of(
    model: TrainedModel,
    image_set: ImageSet,
    name: str,
    number: int,
    created: datetime,
    digests: dict[str, str],
) -> Manifest:
    """Makes the manifest of a model.

    Args:
        model: The model.
        image_set: The image set that it was trained on.
        name: Its name in the model repository.
        number: Its version.
        created: Time of the training, with its zone.
        digests: SHA-256 of the bundle's other files, by path from its root.
    """
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
        vector=vector_size(extractor),
        encoder=_component(model.candidate.encoder),
        classifier=_component(model.candidate.classifier),
        labels=model.labels,
        calibration="softmax" if background is None else "softmax with background",
        threshold=model.open_set.threshold,
        verification=_verification(model.verification),
        metrics={
            "accuracy": model.metrics.accuracy,
            "accuracy_deviation": model.metrics.accuracy_deviation,
            "accuracy_low": low,
            "accuracy_high": high,
            "log_loss": model.metrics.log_loss,
            "calibration_error": model.metrics.calibration_error,
            "known_kept": model.open_set.kept,
            "strangers_refused": model.served.stated_refused.value,
            **_served_metrics(model),
        },
        training_data=TrainingData(
            fingerprint=image_set.fingerprint,
            pictures=len(image_set.pictures),
            groups=len(np.unique(image_set.groups)),
        ),
        seed=model.seed,
        versions=library_versions(),
        files=digests,
    )


def _verification(learnt: LearntVerification | None) -> Verification | None:
    if learnt is None:
        return None
    settings = learnt.exemplars.settings or MatchingSettings()
    return Verification(
        least_points=learnt.least_points,
        lowest_probability=learnt.lowest_probability,
        ratio=settings.ratio,
        tolerance=settings.tolerance,
    )


def _served_metrics(model: TrainedModel) -> dict[str, float]:
    metrics = {"answered": model.served.pictures.answered.value}
    if photographs := model.served.photographs:
        tested = "photographed" if model.recipe.augmentation.tested == "photographs" else "moved"
        metrics[f"{tested}_accuracy"] = photographs.right.value
        metrics[f"{tested}_answered"] = photographs.answered.value
    return metrics


def _component(settings: Strict) -> Component:
    parameters = dict(_flat(settings.model_dump(mode="json")))
    return Component(name=str(parameters.pop("name")), parameters=parameters)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Parameter]]:
    """Flattens parameters to `members.1.name` and `local.words`: a manifest has no nested tables."""
    for name, value in table.items():
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            for number, member in enumerate(value, 1):
                yield from ((f"{name}.{number}.{key}", inner) for key, inner in _flat(member))
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{key}", inner) for key, inner in _flat(value))
        else:
            yield name, value
