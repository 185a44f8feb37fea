"""scikit-learn's answers, kept in the bundle as numbers for the comparisons of later exports.

The estimator itself is not kept: that would take a pickle. Its answers are found by the digest of the
descriptors, so each is valid for exactly these descriptors.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bundle import layout

MAX_REFERENCES = 1000

Reference: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float64] | None]
"""Descriptors, float32 (N, D), to scikit-learn's probabilities, (labels,); None where these are unknown."""
ReferenceAnswer: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float64]]
"""Descriptors and scikit-learn's probabilities."""


def reference_file(answers: Sequence[ReferenceAnswer]) -> bytes:
    """Makes `golden/scikit_learn.npy`: a table of digests (32 bytes) and probabilities (float64).

    Keeps a thousand answers at most, evenly chosen.
    """
    chosen = [
        answers[index]
        for index in np.linspace(0, len(answers) - 1, min(len(answers), MAX_REFERENCES), dtype=int)
    ]
    kind = np.dtype([("digest", np.uint8, 32), ("probabilities", np.float64, len(answers[0][1]))])
    table = np.array([(list(_digest(given)), answer) for given, answer in chosen], kind)
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def read_reference(bundle: Path) -> Reference | None:
    """Reads the answers that a bundle holds; None where it holds none.

    Args:
        bundle: The bundle's folder; its digests must have been checked.
    """
    if not (bundle / layout.REFERENCE).is_file():
        return None
    table = np.load(bundle / layout.REFERENCE, allow_pickle=False)
    known = {row["digest"].tobytes(): row["probabilities"].astype(np.float64) for row in table}
    return lambda descriptors: known.get(_digest(descriptors))


def _digest(descriptors: NDArray[np.float32]) -> bytes:
    given = np.ascontiguousarray(descriptors, np.float32)
    return hashlib.sha256(repr(given.shape).encode() + given.tobytes()).digest()
