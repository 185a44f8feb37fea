"""Computes the features of pictures: descriptors at keypoints, one vector, or a model's encoded vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cli.errors import CliError
from cli.features.extractors import extractor_by_name
from cli.pictures.contents import Content
from cli.pictures.files import read_picture
from sources.errors import SourceError
from vision.errors import VisionError
from vision.extractors import LocalFeatures
from vision.extractors.features import Extractor, scaled_keypoints
from vision.graph import FeatureGraph
from vision.picture import decode
from vision.region import Region

if TYPE_CHECKING:
    from explanation.recognizer import Recognizer


@dataclass(frozen=True)
class PictureFeatures:
    """The features of one picture.

    Attributes:
        values: Descriptors, shape (N, D), uint8 or float32; or one vector, shape (1, D), float32.
        keypoints: Shape (N, 4), float32: x, y and diameter in pixels of the upright original, angle in
            degrees or -1; None for one vector.
        size_px: Width and height of the upright original.
    """

    values: NDArray[np.uint8] | NDArray[np.float32]
    keypoints: NDArray[np.float32] | None
    size_px: tuple[int, int]


@dataclass(frozen=True)
class Extraction:
    """How the features of pictures are computed.

    Attributes:
        extractor: From pixels to features.
        name: The extractor, or the model with its version.
        dimension: Elements of a descriptor or vector.
        encode: From the extractor's rows to one vector; None keeps the features as they are.
        region: The part of each picture to look at; None for all of it.
    """

    extractor: Extractor | FeatureGraph
    name: str
    dimension: int
    encode: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None
    region: Region | None = None

    @property
    def is_local(self) -> bool:
        """Whether each picture has many rows with keypoints."""
        return self.encode is None and getattr(self.extractor, "kind", "local") == "local"

    @property
    def stored_as(self) -> type[np.uint8] | type[np.float32]:
        """Type of an element."""
        whole = self.is_local and self.extractor.descriptor_type != "float32"
        return np.uint8 if whole else np.float32

    def extract(self, content: Content) -> PictureFeatures | VisionError | SourceError | OSError:
        """Computes the features of one picture; an error is returned, so that the others go on."""
        if isinstance(content, SourceError):
            return content
        try:
            data = read_picture(content) if isinstance(content, Path) else content
            picture = decode(data, max_side_px=self.extractor.max_side_px, region=self.region)
        except (VisionError, OSError) as error:
            return error
        found, info = self.extractor.extract(picture.pixels), picture.info
        size = (info.width_px, info.height_px)
        if self.encode is not None:
            return PictureFeatures(self.encode(np.asarray(found.rows, np.float32))[np.newaxis], None, size)
        if not isinstance(found, LocalFeatures):
            return PictureFeatures(found.rows, None, size)
        keypoints = scaled_keypoints(found.keypoints, info.seen.width / picture.pixels.shape[1])
        keypoints[:, :2] += (info.seen.x, info.seen.y)
        return PictureFeatures(found.descriptors, keypoints, size)


def extraction_by_name(name: str) -> Extraction:
    """Chooses an extractor with its defaults.

    Raises:
        UnknownExtractor: When there is none of that name.
        CliError: When it joins a vector to descriptors.
    """
    extractor = extractor_by_name(name)
    if getattr(extractor, "vector_size", 0):
        raise CliError(
            f"{name} gives descriptors and a vector, which go into separate files: name one of them."
        )
    return Extraction(extractor, name, extractor.dimension)


def extraction_with_model(recognizer: Recognizer) -> Extraction:
    """Chooses the extractor of a model and its encoder, whose vectors are the features.

    Raises:
        CliError: When the model has no encoded vector that lienzo knows.
    """
    from explanation.recognizer import classifier_file
    from explanation.stages import read_interior

    interior, manifest = read_interior(classifier_file(recognizer)), recognizer.manifest
    rows = np.zeros((max(1, manifest.vector_rows), manifest.dimension), np.float32)
    probe = interior.encode(rows)
    if probe is None:
        raise CliError(
            f"{manifest.name} {manifest.version} has no encoded vector between its features and its answer. "
            f"Its features: --extractor {manifest.extractor.name}"
        )

    def encode(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        found = interior.encode(rows)
        return probe * 0 if found is None else found

    name = f"{manifest.name} {manifest.version}"
    return Extraction(recognizer.extractor, name, len(probe), encode)
