"""Fitted encoders, kept on disk: several questions about a fold need the same encoder."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.cache import keep, load_arrays
from training.descriptors.extraction import DescriptorSet
from training.encoders.fitted import FittedEncoder
from training.encoders.registry import EncoderSettings
from training.versions import learnt_with

_FORMAT: Final = 3
"""To be raised when a change fits other encoders by the same settings."""


def learn_encoder(
    settings: EncoderSettings,
    descriptors: DescriptorSet,
    pictures: NDArray[np.int64],
    seed: int,
    folder: Path | None,
) -> tuple[FittedEncoder, float]:
    """Fits an encoder on some pictures of a set, or reads the one that was fitted on the same descriptors.

    Args:
        settings: Of the encoder.
        descriptors: Of all pictures.
        pictures: Numbers of those to fit on.
        seed: Seed of every random number.
        folder: Where fitted encoders are kept; None keeps nothing.

    Returns:
        The encoder, and the seconds that fitting took.

    Raises:
        TrainingError: When there are too few descriptors.
    """
    file = folder / f"{_key(settings, descriptors, pictures, seed)}.npz" if folder else None
    if file and (kept := load_arrays(file, "graph", "seconds")):
        return FittedEncoder(kept[0].tobytes()), float(kept[1])
    started = time.perf_counter()
    fitted = settings.fit(descriptors, pictures, seed)
    seconds = time.perf_counter() - started
    if file:
        graph = np.frombuffer(fitted.graph, np.uint8)
        keep(file, lambda stream: np.savez(stream, graph=graph, seconds=np.float64(seconds)))
    return fitted, seconds


def _key(
    settings: EncoderSettings, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int
) -> str:
    """Hashes all that fitting depends on: the numbers of the pictures do not matter, their order does."""
    values = descriptors.values
    kind = f"{values.dtype} {values.shape[1]} {descriptors.binary} {descriptors.has_positions}"
    digest = hashlib.sha256(f"{_FORMAT} {learnt_with()} {kind} {seed} {settings.model_dump_json()}".encode())
    for picture in pictures:
        rows = values[descriptors.offsets[picture] : descriptors.offsets[picture + 1]]
        digest.update(len(rows).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(rows).data)
        if descriptors.vectors is not None:
            digest.update(np.ascontiguousarray(descriptors.vectors[picture]).data)
    return digest.hexdigest()
