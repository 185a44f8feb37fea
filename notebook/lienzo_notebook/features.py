"""Features of single pictures, and what two pictures have in common."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cli.features.extractors import extractor_by_name
from drawing.matches import COMPARED_SIDE_PX, DRAWN_RATIO
from lienzo_notebook.pictures import PictureLike, read_picture, to_picture
from training.graphs.extractors.registry import graph_extractor_names
from vision.extractors import LocalFeatures, extractor_names
from vision.extractors.features import GlobalFeatures
from vision.matching import Agreement, MatchingSettings, find_agreement

Described: TypeAlias = tuple[NDArray[np.uint8], LocalFeatures]
"""The pixels of a picture, with its features."""


def extractors() -> list[str]:
    """Lists the names of the extractors that work here: OpenCV's, and those that are ONNX graphs.

    >>> {"rootsift", "orb", "hog", "dense_sift"} <= set(extractors())
    True
    """
    return sorted([*extractor_names(), *graph_extractor_names()])


def extract(
    picture: PictureLike, extractor: str = "rootsift", **parameters: Any
) -> LocalFeatures | GlobalFeatures:
    """Extracts the features of a picture.

    Args:
        picture: The picture.
        extractor: One of `extractors()`.
        **parameters: Of the extractor, such as `max_keypoints=200`; docs/recipes.md lists them.

    Returns:
        `LocalFeatures` with `descriptors` (N, D) and `keypoints` (N, 4: x, y, diameter, angle), or
        `GlobalFeatures` with `values` (D,).

    Raises:
        vision.errors.UnknownExtractor: When there is none of that name.
        vision.errors.InvalidExtractorParameter: For an unknown parameter, or a value out of range.

    >>> import numpy as np
    >>> extract(np.zeros((64, 64, 3), np.uint8), "hog").values.shape
    (1764,)
    """
    chosen = extractor_by_name(extractor, parameters)
    return chosen.extract(read_picture(picture, chosen.max_side_px))


def match(
    picture: PictureLike, photo: PictureLike, extractor: str = "rootsift", ratio: float = DRAWN_RATIO
) -> Agreement:
    """Finds what two pictures have in common: pairs of keypoints, and one view that explains them.

    Args:
        picture: The known picture.
        photo: A photo that may show it.
        extractor: One with keypoints.
        ratio: Of the ratio test (Lowe 2004, section 7.1).

    Returns:
        `points` that agree, the `outline` (4, 2) of the picture in pixels of the photo, `pairs` and `agrees`.

    Raises:
        TypeError: For an extractor without keypoints.
    """
    return matched(picture, photo, extractor, ratio)[2]


def matched(
    picture: PictureLike, photo: PictureLike, extractor: str, ratio: float
) -> tuple[Described, Described, Agreement]:
    """Compares two pictures as `match` does; returns the pixels and features of both as well.

    Raises:
        TypeError: For an extractor without keypoints.
    """
    chosen = extractor_by_name(extractor)
    left, right = (to_picture(each, COMPARED_SIDE_PX).pixels for each in (picture, photo))
    here, there = (local_features(chosen.extract(each), extractor) for each in (left, right))
    sizes = [(float(pixels.shape[1]), float(pixels.shape[0])) for pixels in (left, right)]
    settings = MatchingSettings(ratio=ratio)
    agreement = find_agreement(here, sizes[0], there, sizes[1], chosen.descriptor_type, settings)
    return (left, here), (right, there), agreement


def local_features(found: LocalFeatures | GlobalFeatures, extractor: str) -> LocalFeatures:
    """Returns features that have keypoints.

    Args:
        found: The features.
        extractor: Name of the extractor, for the error.

    Raises:
        TypeError: When they are one vector.
    """
    if not isinstance(found, LocalFeatures):
        raise TypeError(f"{extractor} gives one vector for a whole picture and has no keypoints")
    return found
