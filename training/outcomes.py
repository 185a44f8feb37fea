"""Finished work of a search, kept on disk: a search that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from numpy.typing import NDArray

from training.descriptors import DescriptorSet
from training.folds import Split
from training.strict import Strict

# Counts up when the same settings come to mean something else.
_FORMAT = 1


@dataclass(frozen=True)
class Outcome:
    """What one classifier made of one split.

    Attributes:
        scores: Of the split's test pictures, float64, shape (N, labels).
        seconds: Time to learn encoder and classifier.
        milliseconds: Time to encode and score one picture.
    """

    scores: NDArray[np.float64]
    seconds: float
    milliseconds: float


def data_digest(descriptors: DescriptorSet, targets: NDArray[np.int64]) -> str:
    """SHA-256 (hexadecimal) of what is learnt from."""
    digest = hashlib.sha256(f"{_FORMAT} {sklearn.__version__} {descriptors.values.dtype}".encode())
    for array in (descriptors.values, descriptors.offsets, targets):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def outcome_file(
    folder: Path, data: str, encoder: Strict, classifiers: Sequence[Strict], split: Split, seed: int
) -> Path:
    """Where the outcomes of some settings on a split are kept."""
    digest = hashlib.sha256(f"{data} {seed} {encoder.model_dump_json()}".encode())
    for classifier in classifiers:
        digest.update(classifier.model_dump_json().encode())
    for part in (split.train, split.test):
        digest.update(np.ascontiguousarray(part).data)
    return folder / f"{digest.hexdigest()}.npz"


def load_outcomes(path: Path, count: int) -> list[Outcome] | None:
    """Outcomes of `count` classifiers, or None where they are not there or were cut short."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            scores, times = kept["scores"], kept["times"]
    except (OSError, ValueError, KeyError, EOFError):
        return None
    if len(scores) != count or times.shape != (count, 2):
        return None
    return [Outcome(each, float(s), float(ms)) for each, (s, ms) in zip(scores, times, strict=True)]


def save_outcomes(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Keeps outcomes, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as stream:
        times = [[each.seconds, each.milliseconds] for each in outcomes]
        np.savez(stream, scores=np.stack([each.scores for each in outcomes]), times=np.array(times))
    Path(stream.name).replace(path)
