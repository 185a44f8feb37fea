"""scikit-learn's answers, kept in the bundle as numbers, so that a later export can compare with them.

The estimator itself is not kept: that would take a pickle. Its answers are found again by the digest of the
descriptors that it was asked about, so they only ever stand for exactly those numbers.
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
"""Descriptors, float32 (N, D), to scikit-learn's probabilities, (labels,); None where they are not known."""
Asked: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float64]]
"""Descriptors and scikit-learn's probabilities."""


def reference_file(asked: Sequence[Asked]) -> bytes:
    """`golden/scikit_learn.npy`: a table of digests (32 bytes) and probabilities (float64).

    Of more than a thousand answers, a thousand are kept, evenly chosen.
    """
    chosen = [
        asked[index] for index in np.linspace(0, len(asked) - 1, min(len(asked), MAX_REFERENCES), dtype=int)
    ]
    kind = np.dtype([("digest", np.uint8, 32), ("probabilities", np.float64, len(asked[0][1]))])
    table = np.array([(list(_digest(given)), answer) for given, answer in chosen], kind)
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def read_reference(bundle: Path) -> Reference | None:
    """The answers that a bundle holds; None where it holds none.

    Args:
        bundle: The bundle's folder, whose digests were checked.
    """
    if not (bundle / layout.REFERENCE).is_file():
        return None
    table = np.load(bundle / layout.REFERENCE, allow_pickle=False)
    known = {row["digest"].tobytes(): row["probabilities"].astype(np.float64) for row in table}
    return lambda descriptors: known.get(_digest(descriptors))


def _digest(descriptors: NDArray[np.float32]) -> bytes:
    given = np.ascontiguousarray(descriptors, np.float32)
    return hashlib.sha256(repr(given.shape).encode() + given.tobytes()).digest()
