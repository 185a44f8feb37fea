"""One candidate on one split: fits the encoder, then a classifier behind it, and scores the test part."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.classifiers import ClassifierSettings, learn_classifier, score
from training.descriptors.cache import whole_file
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import counting_fully
from training.encoders import EncoderSettings
from training.encoders.kept import learn_encoder
from training.imagesets.folds import Split
from training.networks.run import TrainingRun
from training.search.outcomes import Outcome, save_outcome
from training.search.workbench import Sizing
from training.threads import one_thread

_MOST_ASKED_AGAIN: Final = 300
"""Of the pictures that a candidate was fitted on, spread evenly: all of them may take long."""


@dataclass(frozen=True)
class Candidate:
    """One encoder with one classifier; `extractor` tells which of several extractors is before them."""

    encoder: EncoderSettings
    classifier: ClassifierSettings
    extractor: str = ""


@dataclass(frozen=True)
class StoredDescriptors:
    """Descriptors in a file that processes share, so that they need not be sent.

    Attributes:
        file: The values.
        rest: The set without its values.
    """

    file: Path
    rest: DescriptorSet

    @classmethod
    def store(cls, descriptors: DescriptorSet, file: Path) -> StoredDescriptors:
        """Writes the values into a file."""
        with whole_file(file) as stream:
            np.save(stream, descriptors.values, allow_pickle=False)
        return cls(file, replace(descriptors.without_geometry(), values=descriptors.values[:0]))

    def opened(self) -> DescriptorSet:
        """Returns the whole set; its values are memory-mapped."""
        return replace(self.rest, values=np.load(self.file, mmap_mode="r", allow_pickle=False))


@dataclass(frozen=True)
class Encoded:
    """Vectors of a split's pictures, in a file: those of all splits may not fit into memory.

    Attributes:
        file: The vectors, float32, shape (pictures, size).
        pictures: Indices of the pictures, ascending.
        graph: The encoder, a serialised ONNX model.
        seconds: Time to fit the encoder.
        milliseconds: Time to encode one picture.
    """

    file: Path
    pictures: NDArray[np.int64]
    graph: bytes
    seconds: float
    milliseconds: float

    def of(self, features: NDArray[np.float32], pictures: NDArray[np.int64]) -> NDArray[np.float32]:
        """Selects the vectors of some pictures from those in the file."""
        return np.asarray(features[np.searchsorted(self.pictures, pictures)])


def encode(
    encoder: EncoderSettings,
    stored: StoredDescriptors,
    split: Split,
    seed: int,
    file: Path,
    kept: Path | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Encoded:
    """Fits an encoder on the training part of a split, and encodes both parts into a file.

    Args:
        encoder: Settings of the encoder.
        stored: Descriptors of all pictures.
        split: The split.
        seed: Seed of every random number.
        file: The file for the vectors.
        kept: Folder of fitted encoders; None keeps nothing.
        weights: Of all pictures; the encoder is fitted on those that count fully.

    Raises:
        TrainingError: When there are too few descriptors.
        OSError: When the vectors cannot be written.
    """
    descriptors = stored.opened()
    with one_thread():
        fitted, seconds = learn_encoder(
            encoder, descriptors, counting_fully(split.train, weights), seed, kept
        )
        fitted_at = time.perf_counter()
        pictures = np.union1d(np.union1d(split.train, split.test), split.others)
        features = fitted.encode(descriptors, pictures)
        took = time.perf_counter() - fitted_at
    with whole_file(file) as stream:
        np.save(stream, features, allow_pickle=False)
    return Encoded(file, pictures, fitted.graph, seconds, 1e3 * took / len(pictures))


def fit_and_score(
    classifier: ClassifierSettings,
    encoded: Encoded,
    targets: NDArray[np.int64],
    split: Split,
    seed: int,
    kept: Path | None,
    size_of: Sizing | None,
    run: TrainingRun | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Outcome:
    """Fits a classifier on the training part of a split, and scores the test part.

    Args:
        classifier: Settings of the classifier.
        encoded: Vectors of the split's pictures.
        targets: Label index of all pictures.
        split: The split.
        seed: Seed of every random number.
        kept: File for the outcome; None keeps nothing.
        size_of: Measures the size of the graph; None leaves it at 0.
        run: Of a network.
        weights: Of all pictures, see `LabelledDescriptors.weights`.
    """
    features = np.load(encoded.file, mmap_mode="r", allow_pickle=False)
    begun = time.perf_counter()
    taught, others = encoded.of(features, split.train), encoded.of(features, split.others)
    counts = None if weights is None else weights[np.concatenate([split.train, split.others])]
    estimator = learn_classifier(classifier, taught, targets[split.train], seed, others, run, counts)
    ended = time.perf_counter()
    with one_thread():
        known = score(estimator, encoded.of(features, split.test))
        asked = time.perf_counter()
    scores = np.full((len(split.test), int(targets.max()) + 1), np.nan)
    scores[:, estimator.classes_] = known
    outcome = Outcome(
        scores,
        encoded.seconds + ended - begun,
        encoded.milliseconds + 1e3 * (asked - ended) / max(1, len(split.test)),
        size_of(encoded.graph, estimator, known.shape[1]) if size_of else 0,
        _taught(estimator, taught, targets[split.train]),
    )
    if kept:  # Here and not where outcomes are collected, so that a killed search loses nothing.
        save_outcome(kept, outcome)
    return outcome


def _taught(estimator: Any, features: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """Returns the share of right answers about pictures that an estimator was fitted on."""
    asked = np.unique(np.linspace(0, len(targets) - 1, _MOST_ASKED_AGAIN, dtype=np.int64))
    with one_thread():
        answers = estimator.classes_[score(estimator, features[asked]).argmax(axis=1)]
    return float((answers == targets[asked]).mean())
