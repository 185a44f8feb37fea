"""Opens a bundle in this process and answers as the services do: with the same code, in the same order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle import layout
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from services.classification.classifier import load_model
from services.classification.verifier import Photo, Verifier
from services.features.extraction import load_extractor, original_keypoints
from vision.answers import Classifier, Recognition
from vision.extractors import Extractor, LocalFeatures
from vision.extractors.features import GlobalFeatures
from vision.graph import FeatureGraph
from vision.hierarchy import Hierarchy
from vision.picture import Picture, decode
from vision.region import Region
from vision.verification import LIKELIEST


@dataclass(frozen=True)
class Seen:
    """A photo with its features.

    Attributes:
        picture: Decoded, reduced to what the extractor looks at.
        features: With keypoints in pixels of `picture.pixels`.
    """

    picture: Picture
    features: LocalFeatures | GlobalFeatures

    @property
    def rows(self) -> NDArray[np.float32]:
        """The classifier's input: float32, (N, D) descriptors with N ≥ 0, or (1, D) for one vector."""
        return np.asarray(self.features.rows, np.float32)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of `picture.pixels`."""
        height, width = self.picture.pixels.shape[:2]
        return width, height

    def to_photo(self) -> Photo | None:
        """Returns what is compared with exemplars; None for one vector."""
        if not isinstance(self.features, LocalFeatures):
            return None
        keypoints = original_keypoints(self.features.keypoints, self.picture)
        seen = self.picture.info.seen
        return Photo(LocalFeatures(self.features.descriptors, keypoints), (seen.width, seen.height))


@dataclass(frozen=True)
class Recognizer:
    """A model, loaded to answer in this process.

    Attributes:
        folder: The bundle's folder.
        manifest: Its description.
        extractor: From pixels to features.
        classifier: From features to probabilities.
        verifier: Looks at doubtful answers again; None for a model that answers by probability alone.
        names: Display name of each label; the label itself where the bundle has none.
        hierarchy: Groups of its labels; None where it has none.
    """

    folder: Path
    manifest: Manifest
    extractor: Extractor | FeatureGraph
    classifier: Classifier
    verifier: Verifier | None
    names: tuple[str, ...]
    hierarchy: Hierarchy | None = None

    def look(self, data: bytes, region: Region | None = None) -> Seen:
        """Decodes a picture file, or a part of it, and extracts its features.

        Raises:
            PictureError: When it cannot be read, or has no such part.
        """
        picture = decode(data, max_side_px=self.extractor.max_side_px, region=region)
        return Seen(picture, self.extractor.extract(picture.pixels))

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Computes the probability of every label for pixels, uint8 RGB, shape (H, W, 3)."""
        rows = np.asarray(self.extractor.extract(pixels).rows, np.float32)
        return self.classifier.probabilities(rows)

    def recognize(self, seen: Seen) -> Recognition:
        """Recognises a photo: ranks every label, and verifies a doubtful answer by exemplars."""
        top_k = max(LIKELIEST, len(self.manifest.labels))
        found = self.classifier.recognize(seen.rows, self.manifest.threshold, top_k, self.hierarchy)
        photo = seen.to_photo()
        if self.verifier and photo and len(photo.features) and self.verifier.is_needed(found):
            return self.verifier.verify(found, photo)
        return found


def open_recognizer(folder: Path) -> Recognizer:
    """Opens a bundle, after checking every digest.

    Raises:
        BundleError: When it is missing, damaged, or cannot be used here.
    """
    manifest = read_bundle(folder)
    loaded = load_model(manifest, folder)
    extractor = load_extractor(manifest, folder).extractor
    names = tuple(loaded.meanings.get(label, {}).get("name") or label for label in manifest.labels)
    return Recognizer(
        folder, manifest, extractor, loaded.classifier, loaded.verifier, names, loaded.hierarchy
    )


def classifier_file(recognizer: Recognizer) -> bytes:
    """Reads the serialised ONNX graph of the classifier."""
    return (recognizer.folder / layout.CLASSIFIER).read_bytes()
