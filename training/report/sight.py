"""Keypoints on a few pictures, and the time of an extraction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from drawing.keypoints import with_keypoints
from drawing.pictures import Pixels, dimmed, fitted, jpeg_uri
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.pictures import picture_pixels
from vision.extractors import LocalFeatures
from vision.extractors.features import scaled_keypoints

_MAX_PICTURES: Final = 24
_DRAWN: Final = 4
_DRAWN_SIDE_PX: Final = 420


@dataclass(frozen=True)
class ExtractedPicture:
    """One picture with its features.

    Attributes:
        index: Its index in the image set.
        group: Near duplicates share one.
        pixels: RGB, uint8, the extractor's input.
        features: With keypoints in pixels of `pixels`.
    """

    index: int
    group: int
    pixels: Pixels
    features: LocalFeatures


@dataclass(frozen=True)
class Sight:
    """A few pictures, extracted again for the report.

    Attributes:
        pictures: With their features; empty where the extractor gives one vector.
        milliseconds: Median time to extract one picture's features on one core, after decoding.
    """

    pictures: tuple[ExtractedPicture, ...]
    milliseconds: float


def look_again(model: TrainedModel, image_set: ImageSet) -> Sight:
    """Extracts the features of up to 24 pictures of different labels."""
    extractor = model.recipe.create_extractor()
    seen: list[ExtractedPicture] = []
    times: list[float] = []
    for index in spread(image_set, _MAX_PICTURES):
        pixels = picture_pixels(image_set, index, extractor.max_side_px)
        begun = time.thread_time()  # Of this thread alone, independent of the load.
        features = extractor.extract(pixels)
        times.append(1e3 * (time.thread_time() - begun))
        if isinstance(features, LocalFeatures):
            seen.append(ExtractedPicture(index, int(image_set.groups[index]), pixels, features))
    return Sight(tuple(seen), float(np.median(times)))


def keypoint_pictures(sight: Sight, image_set: ImageSet) -> list[dict[str, str]]:
    """Draws the keypoints of a few of them: `uri`, `label`, `path` and `count` for each."""
    chosen = [each for each in sight.pictures if len(each.features)][:_DRAWN]
    return [
        {
            "uri": jpeg_uri(_drawn(each)),
            "label": image_set.pictures[each.index].label,
            "path": image_set.pictures[each.index].path,
            "count": str(len(each.features)),
        }
        for each in chosen
    ]


def spread(image_set: ImageSet, limit: int) -> list[int]:
    """Selects pictures of as many labels as possible: the first of each, then the second, and so on."""
    targets = image_set.targets
    place = np.zeros(len(targets), np.int64)
    for target in np.unique(targets):
        place[targets == target] = np.arange((targets == target).sum())
    order = np.lexsort((targets, place))[:limit]
    return [int(each) for each in order]


def _drawn(seen: ExtractedPicture) -> Pixels:
    factor = _DRAWN_SIDE_PX / max(seen.pixels.shape[:2])
    shown = dimmed(fitted(seen.pixels, _DRAWN_SIDE_PX))
    return with_keypoints(shown, scaled_keypoints(seen.features.keypoints, factor))
