"""One candidate on one split: learn the encoder, then a classifier behind it, and ask about the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from training.classifiers import ClassifierSettings, learn_classifier, score
from training.descriptors.extraction import DescriptorSet
from training.encoders import EncoderSettings
from training.imagesets.folds import Split
from training.search.outcomes import Outcome, save_outcome
from training.search.workbench import Sizing


@dataclass(frozen=True)
class Candidate:
    """One encoder with one classifier."""

    encoder: EncoderSettings
    classifier: ClassifierSettings


@dataclass(frozen=True)
class StoredDescriptors:
    """Descriptors in a file, which processes share instead of being sent them.

    Attributes:
        file: The values.
        rest: All but the values.
    """

    file: Path
    rest: DescriptorSet

    @classmethod
    def store(cls, descriptors: DescriptorSet, file: Path) -> StoredDescriptors:
        """Writes the values into a file, whose name ends in `.npy`."""
        np.save(file, descriptors.values, allow_pickle=False)
        return cls(file, replace(descriptors.without_geometry(), values=descriptors.values[:0]))

    def opened(self) -> DescriptorSet:
        """The whole set, read as it is needed."""
        return replace(self.rest, values=np.load(self.file, mmap_mode="r", allow_pickle=False))


@dataclass(frozen=True)
class Encoded:
    """Vectors of a split's pictures, kept in a file: all splits together may be more than memory holds.

    Attributes:
        file: The vectors, float32, shape (pictures, size).
        pictures: Which pictures, rising.
        graph: The encoder, a serialised ONNX model.
        seconds: Time to learn the encoder.
        milliseconds: Time to encode one picture.
    """

    file: Path
    pictures: NDArray[np.int64]
    graph: bytes
    seconds: float
    milliseconds: float

    def of(self, features: NDArray[np.float32], pictures: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some of the pictures, from those in the file."""
        return np.asarray(features[np.searchsorted(self.pictures, pictures)])


def encode(
    encoder: EncoderSettings, stored: StoredDescriptors, split: Split, seed: int, file: Path
) -> Encoded:
    """Learns an encoder from the training part of a split, and encodes both parts into a file.

    Raises:
        TrainingError: When there are too few descriptors.
    """
    descriptors = stored.opened()
    # One thread: sums in one order on any number of cores, and processes that do not fight for them.
    with threadpool_limits(1):
        started = time.perf_counter()
        fitted = encoder.fit(descriptors, split.train, seed)
        learnt = time.perf_counter()
        pictures = np.union1d(split.train, split.test)
        features = fitted.encode(descriptors.subset(pictures))
        took = time.perf_counter() - learnt
    np.save(file, features, allow_pickle=False)
    return Encoded(file, pictures, fitted.graph, learnt - started, 1e3 * took / len(pictures))


def learn_and_ask(
    classifier: ClassifierSettings,
    encoded: Encoded,
    targets: NDArray[np.int64],
    split: Split,
    seed: int,
    kept: Path | None,
    size_of: Sizing | None,
) -> Outcome:
    """Learns a classifier from the training part of a split, and asks it about the test part.

    Args:
        classifier: What is learnt.
        encoded: Vectors of the split's pictures.
        targets: Label index of all pictures.
        split: The split.
        seed: Seed of everything that is random.
        kept: Where the outcome is kept; None keeps nothing.
        size_of: Measures the graph; None leaves the size at 0.
    """
    features = np.load(encoded.file, mmap_mode="r", allow_pickle=False)
    begun = time.perf_counter()
    estimator = learn_classifier(classifier, encoded.of(features, split.train), targets[split.train], seed)
    ended = time.perf_counter()
    with threadpool_limits(1):
        known = score(estimator, encoded.of(features, split.test))
        asked = time.perf_counter()
    scores = np.full((len(split.test), int(targets.max()) + 1), np.nan)
    scores[:, estimator.classes_] = known
    outcome = Outcome(
        scores,
        encoded.seconds + ended - begun,
        encoded.milliseconds + 1e3 * (asked - ended) / max(1, len(split.test)),
        size_of(encoded.graph, estimator, known.shape[1]) if size_of else 0,
    )
    if kept:  # Here and not where outcomes are collected, so that a killed search loses nothing.
        save_outcome(kept, outcome)
    return outcome
