"""Picture file to features with one extractor, as training did it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle.errors import BundleError
from bundle.manifest import Component, Manifest
from vision.errors import VisionError
from vision.extractors import Extractor, LocalFeatures, create_extractor
from vision.picture import Picture


@dataclass(frozen=True)
class LoadedExtractor:
    """An extractor with the digest that its features carry.

    Attributes:
        extractor: Does the work; safe to share between threads.
        digest: SHA-256 (hexadecimal) that a classifier compares with its own.
    """

    extractor: Extractor
    digest: str


def load_extractor(manifest: Manifest, folder: Path) -> LoadedExtractor:
    """The extractor that a model was trained with.

    Raises:
        BundleError: When this server has no such extractor, or not with these parameters.
    """
    try:
        extractor = create_extractor(manifest.extractor.name, manifest.extractor.parameters)
    except VisionError as error:
        raise BundleError(folder, f"its extractor cannot be used here ({error})") from error
    return LoadedExtractor(extractor, manifest.extractor_digest)


def named_extractor(name: str, parameters: dict[str, str]) -> LoadedExtractor:
    """An extractor by name, for callers without a model.

    Raises:
        UnknownExtractor: There is none of that name.
        InvalidExtractorParameter: An unknown parameter, or a value out of its range.
    """
    extractor = create_extractor(name, parameters)
    return LoadedExtractor(extractor, Component(name=name, parameters=dict(extractor.parameters)).digest)


def original_keypoints(features: LocalFeatures, picture: Picture) -> NDArray[np.float32]:
    """Keypoints in pixels of the picture at its original size.

    Args:
        features: Taken from `picture.pixels`, which may be smaller than the original.
        picture: The decoded picture.

    Returns:
        Shape (N, 4), float32: x, y, diameter, angle.
    """
    scale = np.float32(picture.info.width_px / picture.pixels.shape[1])
    return features.keypoints * np.array([scale, scale, scale, 1], np.float32)
