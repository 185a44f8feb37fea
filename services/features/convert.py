"""Between the contract and `vision`, for features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lienzo.features.v1 import features_pb2
from vision.extractors import Extractor, LocalFeatures

_DESCRIPTOR_TYPES = {
    "uint8": features_pb2.DESCRIPTOR_TYPE_UINT8,
    "float32": features_pb2.DESCRIPTOR_TYPE_FLOAT32,
    "binary": features_pb2.DESCRIPTOR_TYPE_BINARY,
}


def to_local_features(
    features: LocalFeatures, extractor: Extractor, keypoints: NDArray[np.float32] | None
) -> features_pb2.LocalFeatures:
    """Descriptors for the wire, with keypoints (shape (N, 4), original pixels) where asked for."""
    rows = [] if keypoints is None else keypoints.tolist()
    return features_pb2.LocalFeatures(
        count=len(features),
        dimension=extractor.dimension,
        type=_DESCRIPTOR_TYPES[extractor.descriptor_type],
        descriptors=np.ascontiguousarray(features.descriptors).tobytes(),
        keypoints=[
            features_pb2.Keypoint(x_px=x, y_px=y, size_px=size, angle_degrees=angle)
            for x, y, size, angle in rows
        ],
    )


def to_extractor(extractor: Extractor) -> features_pb2.Extractor:
    """An extractor's description for the wire."""
    return features_pb2.Extractor(
        name=extractor.name,
        description=extractor.description,
        parameters={name: str(value) for name, value in extractor.parameters.items()},
        dimension=extractor.dimension,
        type=_DESCRIPTOR_TYPES[extractor.descriptor_type],
    )
