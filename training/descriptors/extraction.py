"""Extracts the descriptors of a whole image set once, and caches them on disk."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.augmentation.copies import Distortion
from training.descriptors.cache import extractor_folder, load_array, whole_file
from training.extractors import AnyExtractor
from training.imagesets.imageset import ImageSet, LabelledPicture
from training.progress import Progress, silent
from vision.extractors.positions import POSITION_SIZE
from vision.picture import decode


@dataclass(frozen=True)
class DescriptorSet:
    """Descriptors of many pictures, one after the other.

    Attributes:
        values: Shape (total, dimension), uint8 or float32.
        offsets: int64, shape (pictures + 1,); picture i has the rows `offsets[i]` to `offsets[i + 1]`.
        binary: Whether values are packed bits, compared by Hamming distance.
        has_positions: Whether each row ends in its keypoint position, which is not part of the descriptor.
    """

    values: NDArray[np.uint8] | NDArray[np.float32]
    offsets: NDArray[np.int64]
    binary: bool = False
    has_positions: bool = False

    @classmethod
    def packed(
        cls,
        per_picture: Sequence[NDArray[np.uint8] | NDArray[np.float32]],
        dimension: int,
        binary: bool = False,
        has_positions: bool = False,
    ) -> DescriptorSet:
        """Concatenates the rows of each picture, shape (N, dimension) with N of 0 or more."""
        counts = [len(each) for each in per_picture]
        kind = per_picture[0].dtype if per_picture else np.dtype(np.float32)
        values = np.concatenate([np.zeros((0, dimension), kind), *per_picture])
        return cls(values, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), binary, has_positions)

    @classmethod
    def joined(cls, sets: Sequence[DescriptorSet]) -> DescriptorSet:
        """Concatenates several sets of one kind."""
        starts = np.cumsum([0, *(len(each.values) for each in sets)])
        offsets = [each.offsets[:-1] + start for each, start in zip(sets, starts[:-1], strict=True)]
        values = np.concatenate([each.values for each in sets])
        return replace(sets[0], values=values, offsets=np.concatenate([*offsets, starts[-1:]]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, picture: int) -> NDArray[np.float32]:
        """Returns the descriptors of one picture as the encoder's graph takes them: float32, shape (N, D)."""
        return np.asarray(self.values[self.offsets[picture] : self.offsets[picture + 1]], np.float32)

    def subset(self, pictures: NDArray[np.int64]) -> DescriptorSet:
        """Selects the descriptors of some pictures, in the order given."""
        parts = [self.values[self.offsets[picture] : self.offsets[picture + 1]] for picture in pictures]
        return DescriptorSet.packed(parts, self.values.shape[1], self.binary, self.has_positions)

    def sample(self, pictures: NDArray[np.int64], limit: int, seed: int) -> NDArray[np.float32]:
        """Draws at most `limit` descriptors of some pictures without replacement, without keypoint positions.

        Returns:
            float32, shape (N, D).
        """
        rows = np.concatenate([np.arange(self.offsets[i], self.offsets[i + 1]) for i in pictures])
        if len(rows) > limit:
            chosen = np.random.default_rng(seed).choice(len(rows), limit, replace=False)
            rows = rows[np.sort(chosen)]
        width = self.values.shape[1] - POSITION_SIZE if self.has_positions else self.values.shape[1]
        return np.asarray(self.values[rows, :width], np.float32)


def extract_descriptors(
    image_set: ImageSet,
    extractor: AnyExtractor,
    cache: Path,
    jobs: int = 1,
    progress: Progress = silent,
    distortion: Distortion | None = None,
) -> DescriptorSet:
    """Extracts the descriptors of every picture of an image set, or reads them from the cache.

    Args:
        image_set: The pictures.
        extractor: The extractor.
        cache: Folder where descriptors are cached by the picture's content and the extractor's parameters.
        jobs: Number of pictures that are worked on at a time.
        progress: Called for the stage named after the extractor, or after the distortion.
        distortion: Applied to the pictures before; None leaves them as they are.
    """
    folder = extractor_folder(cache, extractor)
    found: list[NDArray[np.uint8] | NDArray[np.float32]] = []
    with ThreadPoolExecutor(jobs) as pool:
        work = pool.map(
            lambda each: _descriptors(image_set.root, each, extractor, folder, distortion),
            image_set.pictures,
        )
        for done, descriptors in enumerate(work, 1):
            found.append(descriptors)
            progress(distortion.title if distortion else extractor.name, done, len(image_set.pictures))
    return pack(found, extractor)


def pack(
    per_picture: Sequence[NDArray[np.uint8] | NDArray[np.float32]], extractor: AnyExtractor
) -> DescriptorSet:
    """Makes a set of an extractor's rows of each picture, shape (N, dimension) with N of 0 or more."""
    binary = extractor.descriptor_type == "binary"
    has_positions = extractor.parameters.get("places") == "append"
    return DescriptorSet.packed(per_picture, extractor.dimension, binary, has_positions)


def _descriptors(
    root: Path,
    picture: LabelledPicture,
    extractor: AnyExtractor,
    folder: Path,
    distortion: Distortion | None,
) -> NDArray[np.uint8] | NDArray[np.float32]:
    file = folder / f"{picture.digest}{distortion.suffix if distortion else ''}.npy"
    kept = load_array(file)
    if kept is not None and kept.ndim == 2 and kept.shape[1] == extractor.dimension:
        return kept
    data = (root / picture.path).read_bytes()
    if distortion:
        pixels = distortion.applied(data, extractor, picture.digest)
    else:
        pixels = decode(data, max_side_px=extractor.max_side_px).pixels
    descriptors = extractor.extract(pixels).rows
    with whole_file(file) as stream:
        np.save(stream, descriptors, allow_pickle=False)
    return descriptors
