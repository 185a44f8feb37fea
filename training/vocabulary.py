"""Learns the fixed vocabulary of catalogues: `python -m training.vocabulary FILE.npz`.

From the photographs that come with scikit-image and scikit-learn, each also turned and reduced, so that the
result may be shipped. Learnt once: a new vocabulary asks every catalogue to be indexed again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import skimage.data
import sklearn.datasets
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from vision.extractors.rootsift import RootSift
from vision.identification.vocabulary import CENTRES, HALF, Vocabulary
from vision.picture import decode

_SEED: Final = 5
_SIDES_PX: Final = (480, 320)
_KEYPOINTS: Final = 2000
_SMALLEST_BYTES: Final = 50_000
"""Smaller files are drawings and masks, not photographs."""


def main() -> int:
    """Writes the vocabulary to the file that is named."""
    Path(sys.argv[1]).write_bytes(learnt_vocabulary(descriptors_of(photographs())).to_bytes())
    return 0


def photographs() -> list[Path]:
    """Lists the photographs that come with the two libraries."""
    folders = Path(skimage.data.__file__).parent, Path(sklearn.datasets.__file__).parent / "images"
    found = (each for folder in folders for each in sorted(folder.iterdir()))
    return [
        each for each in found if each.suffix in (".png", ".jpg") and each.stat().st_size > _SMALLEST_BYTES
    ]


def descriptors_of(pictures: list[Path]) -> NDArray[np.uint8]:
    """Extracts the descriptors of pictures at two sizes, upright, turned and mirrored; shape (N, 128)."""
    return np.concatenate([descriptors for picture in pictures for descriptors in _copies(picture)])


def _copies(picture: Path) -> Iterator[NDArray[np.uint8]]:
    pixels = decode(picture.read_bytes()).pixels
    for side_px in _SIDES_PX:
        extractor = RootSift(max_side_px=side_px, max_keypoints=_KEYPOINTS, contrast_threshold=0.01)
        for copy in (pixels, np.rot90(pixels), pixels[:, ::-1]):
            yield extractor.extract(np.ascontiguousarray(copy)).descriptors.astype(np.uint8)


def learnt_vocabulary(descriptors: NDArray[np.uint8]) -> Vocabulary:
    """Learns a vocabulary from descriptors, shape (N, 128); the same ones give the same vocabulary."""
    rng = np.random.default_rng(_SEED)
    rows = descriptors.astype(np.float32)
    mean = rows.mean(axis=0)
    centred = rows - mean
    _, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
    strongest = vectors[:, ::-1][:, : 2 * HALF]
    # The axes are dealt to both halves in turn (1, 4, 5, 8, … and 2, 3, 6, 7, …), so that both vary alike;
    # within a half a random rotation gives every bit of the signature its share.
    deal = np.arange(2 * HALF) % 4
    halves = (strongest[:, (deal == 0) | (deal == 3)], strongest[:, (deal == 1) | (deal == 2)])
    projection = np.hstack([half @ _rotation(rng) for half in halves]).astype(np.float32)
    projected = centred @ projection
    centres = [
        MiniBatchKMeans(CENTRES, batch_size=4096, n_init=3, max_iter=60, random_state=_SEED)
        .fit(projected[:, part * HALF : (part + 1) * HALF])
        .cluster_centers_
        for part in (0, 1)
    ]
    return Vocabulary(mean, projection, np.asarray(centres, np.float32), digest="")


def _rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    rotation, _ = np.linalg.qr(rng.normal(size=(HALF, HALF)))
    return np.asarray(rotation)


if __name__ == "__main__":
    raise SystemExit(main())
