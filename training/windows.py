"""Learns the centres behind the vectors of windows: `python -m training.windows FILE.npz`.

From the same photographs as the vocabulary of catalogues, behind its projection, and once, like it.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from training.vocabulary import descriptors_of, photographs
from vision.identification.vocabulary import fixed_vocabulary
from vision.identification.windows import CENTRES

_SEED: Final = 5


def main() -> int:
    """Writes the centres to the file that is named."""
    stream = BytesIO()
    np.savez(stream, allow_pickle=False, centres=learnt_centres(descriptors_of(photographs())))
    Path(sys.argv[1]).write_bytes(stream.getvalue())
    return 0


def learnt_centres(descriptors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Learns centres from descriptors, shape (N, 128); the same ones give the same centres."""
    vocabulary = fixed_vocabulary()
    projected = (descriptors.astype(np.float32) - vocabulary.mean) @ vocabulary.projection
    learnt = MiniBatchKMeans(CENTRES, batch_size=4096, n_init=3, random_state=_SEED).fit(projected)
    return np.asarray(learnt.cluster_centers_, np.float32)


if __name__ == "__main__":
    raise SystemExit(main())
