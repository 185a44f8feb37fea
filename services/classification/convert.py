"""Converts between messages and arrays, for classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from numpy.typing import NDArray

from bundle.description import ModelDescription
from bundle.manifest import Manifest
from bundle.meanings import Meanings
from lienzo.features.v1 import features_pb2
from lienzo.image.v1 import recognition_pb2
from services.classification.errors import FeaturesMismatch
from services.classification.meanings import to_meanings
from services.classification.verifier import Photo
from vision.answers import Recognition, Verification
from vision.extractors import LocalFeatures
from vision.extractors.features import joined_rows

DEFAULT_TOP_K = 5
"""Number of labels in an answer where the caller sets none."""

_ELEMENT_TYPES: dict[int, np.dtype[np.uint8] | np.dtype[np.float32]] = {
    features_pb2.DESCRIPTOR_TYPE_UINT8: np.dtype(np.uint8),
    features_pb2.DESCRIPTOR_TYPE_BINARY: np.dtype(np.uint8),
    features_pb2.DESCRIPTOR_TYPE_FLOAT32: np.dtype("<f4"),
}

_KEYPOINT_BYTES = 16
"""x, y, diameter and angle as float32."""


def from_features(features: features_pb2.Features, manifest: Manifest) -> NDArray[np.float32]:
    """Reads the classifier's input, float32: (N, dimension) descriptors or (1, dimension) for one vector.

    Raises:
        FeaturesMismatch: When they are of another extractor, bytes and counts disagree, or the classifier has
            another dimension.
    """
    if features.extractor_digest != manifest.extractor_digest:
        raise FeaturesMismatch(f"another extractor made them, the model needs {manifest.extractor.name}")
    if features.WhichOneof("kind") != f"{manifest.features}_features":
        raise FeaturesMismatch(f"the model needs {manifest.features} features")
    if manifest.features == "global":
        return _fitting(np.array(features.global_features.values, np.float32)[np.newaxis], manifest)
    local = features.local_features
    if len(local.vector) != manifest.vector:
        size = len(local.vector)
        raise FeaturesMismatch(f"a vector of {size} elements beside them, the model needs {manifest.vector}")
    descriptors = _descriptors(local)
    if not manifest.vector:
        return _fitting(descriptors.astype(np.float32), manifest)
    return _fitting(joined_rows(descriptors, np.array(local.vector, np.float32)), manifest)


def from_keypoints(features: features_pb2.Features, manifest: Manifest) -> Photo | None:
    """Reads what a model that verifies compares with its exemplars.

    Args:
        features: What `from_features` has accepted.
        manifest: Of the model.

    Returns:
        None when the model does not verify, or without keypoints: older features services send none.

    Raises:
        FeaturesMismatch: When the keypoints do not fit the descriptors or the picture.
    """
    local = features.local_features
    if manifest.verification is None or not local.keypoint_rows:
        return None
    if len(local.keypoint_rows) != local.count * _KEYPOINT_BYTES:
        size = len(local.keypoint_rows)
        raise FeaturesMismatch(f"{size} bytes for the keypoints of {local.count} descriptors")
    if not local.width_px or not local.height_px:
        raise FeaturesMismatch("they have keypoints, but the size of their picture is 0")
    rows = np.frombuffer(local.keypoint_rows, "<f4").reshape(local.count, 4).astype(np.float32)
    if not np.isfinite(rows).all():
        raise FeaturesMismatch("some of their keypoints are not finite numbers")
    if (np.abs(rows[:, :3]) > 2 * max(local.width_px, local.height_px)).any():
        raise FeaturesMismatch("some of their keypoints lie outside of their picture")
    found = LocalFeatures(_descriptors(local), rows)
    return Photo(found, (local.width_px, local.height_px), (local.left_px, local.top_px))


def _descriptors(local: features_pb2.LocalFeatures) -> NDArray[np.uint8] | NDArray[np.float32]:
    element = _ELEMENT_TYPES.get(local.type)
    if element is None:
        raise FeaturesMismatch("their descriptor type is not set")
    if len(local.descriptors) != local.count * local.dimension * element.itemsize:
        raise FeaturesMismatch(
            f"{len(local.descriptors)} bytes for {local.count} descriptors of {local.dimension} elements"
        )
    rows: Any = np.frombuffer(local.descriptors, element).reshape(local.count, local.dimension)
    descriptors: NDArray[np.uint8] | NDArray[np.float32] = rows
    return descriptors


def _fitting(values: NDArray[np.float32], manifest: Manifest) -> NDArray[np.float32]:
    if values.shape[1] != manifest.dimension:
        raise FeaturesMismatch(f"shape {values.shape}, the model needs (…, {manifest.dimension})")
    if not np.isfinite(values).all():
        raise FeaturesMismatch("some of them are not finite numbers")
    return values


def to_recognition(
    found: Recognition,
    manifest: Manifest,
    meanings: Meanings | None = None,
    languages: Sequence[str] = (),
) -> recognition_pb2.Recognition:
    """Converts a recognition to its message, with what its labels mean in the caller's languages."""
    ranked = [(manifest.labels[index], probability) for index, probability in found.ranking]
    group = [found.group.name] if found.group else []
    known = to_meanings(meanings or {}, [*(label for label, _ in ranked), *group], languages)
    labels = [
        recognition_pb2.LabelProbability(label=label, probability=probability, meaning=known.get(label))
        for label, probability in ranked
    ]
    answer = recognition_pb2.Recognition(
        labels=labels, model=recognition_pb2.ModelVersion(name=manifest.name, version=manifest.version)
    )
    if found.is_recognized:
        best, _ = ranked[0]
        answer.recognized.CopyFrom(
            recognition_pb2.Recognized(label=best, probability=found.score, meaning=known.get(best))
        )
    else:
        answer.not_recognized.CopyFrom(
            recognition_pb2.NotRecognized(score=found.score, threshold=manifest.threshold)
        )
    if found.group:
        name, probability = found.group.name, found.group.probability
        answer.group.CopyFrom(
            recognition_pb2.LabelGroup(name=name, probability=probability, meaning=known.get(name))
        )
    if found.verification is not None:
        answer.verification.CopyFrom(_to_verification(found.verification))
    return answer


def _to_verification(found: Verification) -> recognition_pb2.Verification:
    corners = [] if found.outline is None else found.outline.tolist()
    return recognition_pb2.Verification(
        verified=found.verified,
        agreeing_points=found.points,
        outline=[recognition_pb2.Point(x_px=x, y_px=y) for x, y in corners],
    )


def to_model(
    description: ModelDescription, meanings: Meanings | None = None, languages: Sequence[str] = ()
) -> recognition_pb2.Model:
    """Converts a model's description to its message, with what its labels mean where that is given."""
    created, meanings = Timestamp(), meanings or {}
    created.FromDatetime(description.created)
    described = dict.fromkeys([*description.labels, *meanings])  # groups after the labels
    return recognition_pb2.Model(
        model=recognition_pb2.ModelVersion(name=description.name, version=description.version),
        labels=description.labels,
        extractor=description.extractor,
        encoder=description.encoder,
        classifier=description.classifier,
        threshold=description.threshold,
        accuracy=description.accuracy or 0.0,
        create_time=created,
        has_coreml=description.has_coreml,
        fingerprint=description.fingerprint,
        meanings=to_meanings(meanings, described, languages),
    )
