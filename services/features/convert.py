"""Converts between messages and `vision`, for features."""

from __future__ import annotations

import numpy as np

from bundle.manifest import Manifest
from lienzo.features.v1 import features_pb2
from lienzo.image.v1 import recognition_pb2
from services.features.extraction import LoadedExtractor, original_keypoints
from vision.extractors import GlobalFeatures, LocalFeatures
from vision.graph import FeatureGraph
from vision.picture import Picture

_DESCRIPTOR_TYPES = {
    "uint8": features_pb2.DESCRIPTOR_TYPE_UINT8,
    "float32": features_pb2.DESCRIPTOR_TYPE_FLOAT32,
    "binary": features_pb2.DESCRIPTOR_TYPE_BINARY,
}

_GRAPH = "A graph that came with a model, with the parameters it was trained with."


def to_features(
    found: LocalFeatures | GlobalFeatures,
    loaded: LoadedExtractor,
    picture: Picture,
    *,
    keypoints: bool,
    keypoint_rows: bool,
) -> features_pb2.Features:
    """Converts features of a picture to their message, with the extractor's digest.

    Args:
        found: The features.
        loaded: Their extractor.
        picture: Their picture.
        keypoints: Whether to include keypoints; a global vector has none.
        keypoint_rows: Whether to include them as rows, with the place of what was looked at, for a model that
            verifies.
    """
    if isinstance(found, GlobalFeatures):
        vector = features_pb2.GlobalFeatures(values=found.values)
        return features_pb2.Features(global_features=vector, extractor_digest=loaded.digest)
    places, seen = original_keypoints(found.keypoints, picture), picture.info.seen
    local = features_pb2.LocalFeatures(
        count=len(found),
        dimension=loaded.extractor.dimension,
        type=_DESCRIPTOR_TYPES[loaded.extractor.descriptor_type],
        descriptors=np.ascontiguousarray(found.descriptors).tobytes(),
        keypoints=[
            features_pb2.Keypoint(x_px=seen.x + x, y_px=seen.y + y, size_px=size, angle_degrees=angle)
            for x, y, size, angle in (places.tolist() if keypoints else [])
        ],
    )
    if found.vector is not None:
        local.vector.extend(found.vector)
    if keypoint_rows:
        local.keypoint_rows = places.astype("<f4").tobytes()
        local.width_px, local.height_px = seen.width, seen.height
        local.left_px, local.top_px = seen.x, seen.y
    return features_pb2.Features(local_features=local, extractor_digest=loaded.digest)


def to_model_version(manifest: Manifest | None) -> recognition_pb2.ModelVersion | None:
    """Converts a manifest's name and version to their message; None where no model was named."""
    if manifest is None:
        return None
    return recognition_pb2.ModelVersion(name=manifest.name, version=manifest.version)


def to_extractor(loaded: LoadedExtractor) -> features_pb2.Extractor:
    """Converts an extractor's description to its message."""
    extractor = loaded.extractor
    description = _GRAPH if isinstance(extractor, FeatureGraph) else extractor.description
    return features_pb2.Extractor(
        name=loaded.made_with.name,
        description=description,
        parameters={name: str(value) for name, value in loaded.made_with.parameters.items()},
        dimension=extractor.dimension,
        type=_DESCRIPTOR_TYPES[extractor.descriptor_type],
    )
