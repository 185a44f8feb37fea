"""Extracts the descriptors of a whole image set once, and caches them on disk."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.augmentation.copies import Copying
from training.descriptors.cache import extractor_folder, keep, load_array, load_arrays
from training.extractors import AnyExtractor, has_positions, vector_size
from training.imagesets.imageset import ImageSet, LabelledPicture
from training.progress import Progress, silent
from vision.extractors.features import DescriptorType, GlobalFeatures, LocalFeatures, joined_rows
from vision.extractors.positions import POSITION_SIZE
from vision.picture import decode

Features: TypeAlias = LocalFeatures | GlobalFeatures


@dataclass(frozen=True)
class View:
    """A picture as matching takes it.

    Attributes:
        features: Descriptors and keypoints.
        size_px: Width and height, in the keypoints' pixels.
    """

    features: LocalFeatures
    size_px: tuple[float, float]


@dataclass(frozen=True)
class DescriptorSet:
    """Descriptors of many pictures, one after the other.

    Attributes:
        values: Shape (total, dimension), uint8 or float32.
        offsets: int64, shape (pictures + 1,); picture i has the rows `offsets[i]` to `offsets[i + 1]`.
        binary: Whether values are packed bits, compared by Hamming distance.
        has_positions: Whether each row ends in its keypoint position, which is not part of the descriptor.
        keypoints: Keypoint of each row, as in `LocalFeatures`, float32, (total, 4); None where they were not
            kept.
        sizes: Width and height of each picture in the same pixels, float32, (pictures, 2); None likewise.
        vectors: Vector of each whole picture, float32, (pictures, size), of an extractor that joins one; else
            None.
    """

    values: NDArray[np.uint8] | NDArray[np.float32]
    offsets: NDArray[np.int64]
    binary: bool = False
    has_positions: bool = False
    keypoints: NDArray[np.float32] | None = None
    sizes: NDArray[np.float32] | None = None
    vectors: NDArray[np.float32] | None = None

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
        whole = replace(
            sets[0],
            values=values,
            offsets=np.concatenate([*offsets, starts[-1:]]),
            vectors=None
            if sets[0].vectors is None
            else np.concatenate([each.vectors for each in sets if each.vectors is not None]),
        )
        if any(each.keypoints is None for each in sets):
            return whole.without_geometry()
        return replace(
            whole,
            keypoints=np.concatenate([each.keypoints for each in sets if each.keypoints is not None]),
            sizes=np.concatenate([each.sizes for each in sets if each.sizes is not None]),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def blank(self, count: int) -> DescriptorSet:
        """Returns a set of the same kind, of pictures that have no descriptors."""
        return replace(
            self,
            values=self.values[:0],
            offsets=np.zeros(count + 1, np.int64),
            keypoints=None if self.keypoints is None else self.keypoints[:0],
            sizes=None if self.sizes is None else np.zeros((count, 2), np.float32),
            vectors=None if self.vectors is None else np.zeros((count, self.vectors.shape[1]), np.float32),
        )

    def of(self, picture: int) -> NDArray[np.float32]:
        """Returns the rows of one picture as the encoder's graph takes them: float32, shape (N, D).

        A joined vector comes first, see `joined_rows`.
        """
        return np.asarray(self.stored(picture), np.float32)

    def stored(self, picture: int) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Returns the same rows in the type of the descriptors; with a vector they are float32."""
        values = self.values[self.offsets[picture] : self.offsets[picture + 1]]
        return values if self.vectors is None else joined_rows(values, self.vectors[picture])

    @property
    def has_features(self) -> NDArray[np.bool_]:
        """Which pictures have anything to be recognised by: descriptors, or a vector."""
        return (np.diff(self.offsets) > 0) | (self.vectors is not None)

    def without_vectors(self) -> DescriptorSet:
        """Returns the descriptors alone."""
        return replace(self, vectors=None)

    def subset(self, pictures: NDArray[np.int64]) -> DescriptorSet:
        """Selects the descriptors of some pictures, in the order given."""
        rows = [slice(self.offsets[picture], self.offsets[picture + 1]) for picture in pictures]
        values = [self.values[each] for each in rows]
        some = DescriptorSet.packed(values, self.values.shape[1], self.binary, self.has_positions)
        if self.vectors is not None:
            some = replace(some, vectors=self.vectors[pictures])
        if self.keypoints is None or self.sizes is None:
            return some
        keypoints = [np.zeros((0, 4), np.float32), *(self.keypoints[each] for each in rows)]
        return replace(some, keypoints=np.concatenate(keypoints), sizes=self.sizes[pictures])

    @property
    def kind(self) -> DescriptorType:
        """How descriptors are stored, as their extractor says."""
        return "binary" if self.binary else "uint8" if self.values.dtype == np.uint8 else "float32"

    def view(self, picture: int) -> View:
        """Returns what matching takes of a picture; only with keypoints and sizes.

        Raises:
            ValueError: When they were not kept.
        """
        if self.keypoints is None or self.sizes is None:
            raise ValueError("keypoints were not kept")
        rows = slice(self.offsets[picture], self.offsets[picture + 1])
        width, height = self.sizes[picture].tolist()
        return View(LocalFeatures(self.values[rows], self.keypoints[rows]), (width, height))

    def without_geometry(self) -> DescriptorSet:
        """Returns the same descriptors without keypoints and sizes, which learning does not need."""
        return replace(self, keypoints=None, sizes=None)

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
    distortion: Copying | None = None,
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
    found: list[Features] = []
    with ThreadPoolExecutor(jobs) as pool:
        work = pool.map(
            lambda each: _features(image_set.root, each, extractor, folder, distortion),
            image_set.pictures,
        )
        for done, features in enumerate(work, 1):
            found.append(features)
            progress(distortion.title if distortion else extractor.name, done, len(image_set.pictures))
    return pack(found, extractor)


def pack(features: Sequence[Features], extractor: AnyExtractor) -> DescriptorSet:
    """Makes a set of an extractor's features of each picture, without keypoints."""
    rows = [each.descriptors if isinstance(each, LocalFeatures) else each.rows for each in features]
    packed = DescriptorSet.packed(
        rows, extractor.dimension, extractor.descriptor_type == "binary", has_positions(extractor)
    )
    if not (size := vector_size(extractor)):
        return packed
    vectors = [
        each.vector for each in features if isinstance(each, LocalFeatures) and each.vector is not None
    ]
    return replace(packed, vectors=np.array(vectors, np.float32).reshape(-1, size))


def _features(
    root: Path,
    picture: LabelledPicture,
    extractor: AnyExtractor,
    folder: Path,
    distortion: Copying | None,
) -> Features:
    file = folder / f"{picture.digest}{distortion.suffix if distortion else ''}{_ending(extractor)}"
    if (kept := _kept(file, extractor)) is not None:
        return kept
    features = extractor.extract(pixels_of(root, picture, extractor, distortion))
    if isinstance(features, LocalFeatures) and features.vector is not None:
        rows, vector = features.descriptors, features.vector
        keep(file, lambda stream: np.savez(stream, descriptors=rows, vector=vector))
    else:
        keep(file, lambda stream: np.save(stream, features.rows, allow_pickle=False))
    return features


def _ending(extractor: AnyExtractor) -> str:
    return ".npz" if vector_size(extractor) else ".npy"


def _kept(file: Path, extractor: AnyExtractor) -> LocalFeatures | None:
    """Reads rows and vector from the cache, without keypoints; None where they are absent or do not fit."""
    size = vector_size(extractor)
    vector: NDArray[np.float32] | None = None
    if not size:
        rows = load_array(file)
    elif kept := load_arrays(file, "descriptors", "vector"):
        rows, vector = kept
    else:
        return None
    if rows is None or rows.ndim != 2 or rows.shape[1] != extractor.dimension:
        return None
    if vector is not None and vector.shape != (size,):
        return None
    return LocalFeatures(rows, np.zeros((0, 4), np.float32), vector)


def pixels_of(
    root: Path,
    picture: LabelledPicture,
    extractor: AnyExtractor,
    distortion: Copying | None,
) -> NDArray[np.uint8]:
    """Decodes a picture for an extractor, as it is or distorted: RGB, uint8, shape (height, width, 3)."""
    data = (root / picture.path).read_bytes()
    if distortion:
        return distortion.applied(data, extractor, picture.digest)
    return decode(data, max_side_px=extractor.max_side_px).pixels
