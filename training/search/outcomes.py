"""Finished work of a search, cached on disk, so that a stopped search continues where it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.descriptors.cache import keep, load_arrays
from training.descriptors.extraction import DescriptorSet
from training.imagesets.folds import Split
from training.strict import Strict
from training.versions import learnt_with

# To be raised when a change gives the same settings another meaning.
_FORMAT = 5


@dataclass(frozen=True)
class Outcome:
    """Scores and figures of one candidate on one split.

    Attributes:
        scores: Of the split's test pictures, float64, shape (N, labels).
        seconds: Time to fit encoder and classifier.
        milliseconds: Time to encode and score one picture.
        size_bytes: Size of its graph; 0 where it was not measured.
        taught: Share of right answers about pictures that it was fitted on, 0 to 1.
    """

    scores: NDArray[np.float64]
    seconds: float
    milliseconds: float
    size_bytes: int = 0
    taught: float = float("nan")


def data_digest(
    descriptors: DescriptorSet, targets: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> str:
    """Computes the SHA-256 (hexadecimal) of the training data."""
    kind = f"{descriptors.values.dtype} {descriptors.binary} {descriptors.has_positions}"
    digest = hashlib.sha256(f"{_FORMAT} {learnt_with()} {kind}".encode())
    more = [each for each in (descriptors.vectors, weights) if each is not None]
    for array in (descriptors.values, descriptors.offsets, targets, *more):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def outcome_file(
    folder: Path, data: str, encoder: Strict, classifier: Strict, split: Split, seed: int, sized: bool
) -> Path:
    """Names the file for the outcome of some settings on a split."""
    settings = f"{data} {seed} {sized} {encoder.model_dump_json()} {classifier.model_dump_json()}"
    digest = hashlib.sha256(settings.encode())
    for part in (split.train, split.test, split.others):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(part).data)
    return folder / f"{digest.hexdigest()}.npz"


def load_outcome(path: Path) -> Outcome | None:
    """Reads an outcome; None where it is absent or truncated."""
    kept = load_arrays(path, "scores", "figures")
    if kept is None or kept[0].ndim != 2 or kept[1].shape != (4,):
        return None
    scores, (seconds, milliseconds, size, taught) = kept
    return Outcome(scores, float(seconds), float(milliseconds), int(size), float(taught))


def save_outcome(path: Path, outcome: Outcome) -> None:
    """Writes an outcome, completely or not at all, see `keep`."""
    figures = np.array(
        [outcome.seconds, outcome.milliseconds, outcome.size_bytes, outcome.taught], np.float64
    )
    keep(path, lambda stream: np.savez(stream, scores=outcome.scores, figures=figures))
