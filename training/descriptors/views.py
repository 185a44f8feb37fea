"""Descriptors together with the keypoints that they were taken at, kept on disk for the next time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from training.augmentation.copies import Copying
from training.descriptors.cache import extractor_folder, keep, load_arrays
from training.descriptors.extraction import DescriptorSet, View, pack, pixels_of
from training.extractors import AnyExtractor, vector_size
from training.imagesets.imageset import ImageSet, LabelledPicture
from training.progress import Progress, silent
from vision.extractors.features import LocalFeatures


def extract_views(
    image_set: ImageSet,
    extractor: AnyExtractor,
    cache: Path,
    jobs: int = 1,
    progress: Progress = silent,
    distortion: Copying | None = None,
) -> DescriptorSet:
    """Extracts descriptors, keypoints and size of every picture; arguments as for `extract_descriptors`.

    The extractor is one with keypoints, see `has_repeatable_keypoints`.
    """
    folder, total = extractor_folder(cache, extractor), len(image_set.pictures)
    found: list[View] = []
    with ThreadPoolExecutor(jobs) as pool:
        for view in pool.map(
            lambda each: _view(image_set.root, each, extractor, folder, distortion), image_set.pictures
        ):
            found.append(view)
            progress(distortion.title if distortion else extractor.name, len(found), total)
    return pack_views(found, extractor)


def pack_views(views: Sequence[View], extractor: AnyExtractor) -> DescriptorSet:
    """Packs views into a set with keypoints and sizes."""
    keypoints = [np.zeros((0, 4), np.float32), *(each.features.keypoints for each in views)]
    return replace(
        pack([each.features for each in views], extractor),
        keypoints=np.concatenate(keypoints),
        sizes=np.array([each.size_px for each in views], np.float32).reshape(-1, 2),
    )


def _view(
    root: Path,
    picture: LabelledPicture,
    extractor: AnyExtractor,
    folder: Path,
    distortion: Copying | None,
) -> View:
    file = folder / f"{picture.digest}{distortion.suffix if distortion else ''}.npz"
    if kept := _kept(file, extractor):
        return kept
    pixels = pixels_of(root, picture, extractor, distortion)
    found = extractor.extract(pixels)
    if not isinstance(found, LocalFeatures):
        raise TypeError(f"{extractor.name} has no keypoints")
    height, width, _ = pixels.shape
    arrays: dict[str, Any] = {
        "descriptors": found.descriptors,
        "keypoints": found.keypoints,
        "size": np.array([width, height], np.float32),
    }
    if found.vector is not None:
        arrays["vector"] = found.vector
    keep(file, lambda stream: np.savez(stream, **arrays))
    return View(found, (float(width), float(height)))


def _kept(file: Path, extractor: AnyExtractor) -> View | None:
    """Reads a view from the cache; None where it is absent or does not fit."""
    joined = vector_size(extractor)
    kept = load_arrays(file, "descriptors", "keypoints", "size", *(["vector"] if joined else []))
    if kept is None:
        return None
    descriptors, keypoints, size, *vector = kept
    rows = len(descriptors)
    shapes = [each.shape for each in kept]
    wanted = [(rows, extractor.dimension), (rows, 4), (2,), *([(joined,)] if joined else [])]
    if shapes != wanted:
        return None
    features = LocalFeatures(descriptors, keypoints, vector[0] if vector else None)
    return View(features, (float(size[0]), float(size[1])))
