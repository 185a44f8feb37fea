"""Small models of drawn patterns, fitted in a moment, whose every stage is known from scikit-learn."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from bundle import layout
from bundle.manifest import Component
from explanation.recognizer import Recognizer, open_recognizer
from export.classifier.graph import join_classifier
from tests.support.bundle import describe, write_files
from tests.support.pictures import LABELS, draw, jpeg
from training.classifiers import ClassifierSettings
from training.classifiers.learning import learn_classifier
from training.descriptors.extraction import DescriptorSet
from training.encoders import FittedEncoder
from training.encoders.registry import EncoderSettings
from training.evaluation.calibration import Calibration
from vision.extractors import create_extractor

TARGETS = np.repeat(np.arange(3), 5)


@dataclass(frozen=True)
class Fitted:
    """A model with what it was made of.

    Attributes:
        recognizer: The model, opened from its bundle.
        encoder: Its encoder.
        estimator: Its classifier.
        training: Vectors of the pictures that it was fitted on.
    """

    recognizer: Recognizer
    encoder: FittedEncoder
    estimator: Any
    training: NDArray[np.float32]


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A picture that no model has seen, larger than the extractor looks at."""
    return jpeg(draw("circles", 50, (400, 300)))


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Fitted]:
    """Fits an encoder and a classifier, given as JSON, on drawn patterns."""
    root = tmp_path_factory.mktemp("models")
    extractor = create_extractor("rootsift", {"max_side_px": 240, "max_keypoints": 150})

    @functools.cache
    def descriptors() -> DescriptorSet:
        pictures = [draw(LABELS[target], number)[..., ::-1].copy() for number, target in enumerate(TARGETS)]
        return DescriptorSet.packed([extractor.extract(each).descriptors for each in pictures], 128)

    @functools.cache
    def fit(encoder: str, classifier: str) -> Fitted:
        settings: Any = TypeAdapter(EncoderSettings).validate_json(encoder)
        learnt = settings.fit(descriptors(), np.arange(15), 0)
        vectors = learnt.encode(descriptors())
        chosen: Any = TypeAdapter(ClassifierSettings).validate_json(classifier)
        estimator = learn_classifier(chosen, vectors, TARGETS, 0)
        graph = join_classifier(learnt.graph, estimator, Calibration(4.0, None), 3, vectors.shape[1])
        files = {layout.CLASSIFIER: graph.SerializeToString()}
        manifest = describe(
            files,
            extractor=Component(name=extractor.name, parameters=dict(extractor.parameters)),
            encoder=Component(name=settings.name),
            classifier=Component(name=chosen.name),
            labels=LABELS,
        )
        name = f"model{len(list(root.iterdir()))}"
        folder = write_files(root / name / "1", {**files, layout.MANIFEST: manifest.to_json().encode()})
        return Fitted(open_recognizer(folder), learnt, estimator, vectors)

    return fit


@pytest.fixture(scope="session")
def verifying(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Writes the model that verifies answers, and photos to ask it about, see `tests.support.verified`."""
    from tests.support.verified import write_photos, write_verifying_model

    root = tmp_path_factory.mktemp("verifying")
    photos = write_photos(root / "photos")

    def write(name: str, **how: Any) -> Path:
        return write_verifying_model(root / "models", name, **how)

    return photos, write
