"""What the extractor sees: keypoints on a few pictures, and how long it looks at one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from training.imageset import ImageSet
from training.report.pictures import Pixels, jpeg_uri, picture_pixels
from training.trainer import TrainedModel
from vision.extractors import LocalFeatures

_MAX_PICTURES: Final = 24
_DRAWN: Final = 4
_DRAWN_SIDE_PX: Final = 420
_DRAWN_KEYPOINTS: Final = 300
_COLORS: Final = ((255, 196, 0), (0, 214, 255), (255, 92, 138), (120, 255, 120))


@dataclass(frozen=True)
class Seen:
    """One picture with its features.

    Attributes:
        index: Its place in the image set.
        pixels: RGB, uint8, as the extractor was given it.
        features: With keypoints in pixels of `pixels`.
    """

    index: int
    pixels: Pixels
    features: LocalFeatures


@dataclass(frozen=True)
class Sight:
    """A few pictures, looked at once more.

    Attributes:
        pictures: With their features; empty where the extractor gives one vector.
        milliseconds: Median time to extract one picture's features on one core, after decoding.
    """

    pictures: tuple[Seen, ...]
    milliseconds: float


def look_again(model: TrainedModel, image_set: ImageSet) -> Sight:
    """Extracts the features of up to 24 pictures of different labels."""
    extractor = model.recipe.create_extractor()
    seen: list[Seen] = []
    times: list[float] = []
    for index in _spread(image_set, _MAX_PICTURES):
        pixels = picture_pixels(image_set, index, extractor.max_side_px)
        begun = time.thread_time()  # Of this core alone, whoever else is at work.
        features = extractor.extract(pixels)
        times.append(1e3 * (time.thread_time() - begun))
        if isinstance(features, LocalFeatures):
            seen.append(Seen(index, pixels, features))
    return Sight(tuple(seen), float(np.median(times)))


def keypoint_pictures(sight: Sight, image_set: ImageSet) -> list[dict[str, str]]:
    """A few of them with their keypoints drawn: `uri`, `label`, `path` and `count` for each."""
    chosen = [each for each in sight.pictures if len(each.features)][:_DRAWN]
    return [
        {
            "uri": jpeg_uri(_with_keypoints(each)),
            "label": image_set.pictures[each.index].label,
            "path": image_set.pictures[each.index].path,
            "count": str(len(each.features)),
        }
        for each in chosen
    ]


def _spread(image_set: ImageSet, limit: int) -> list[int]:
    """Pictures of as many labels as there are: the first of each, then the second, and so on."""
    targets = image_set.targets
    place = np.zeros(len(targets), np.int64)
    for target in np.unique(targets):
        place[targets == target] = np.arange((targets == target).sum())
    order = np.lexsort((targets, place))[:limit]
    return [int(each) for each in order]


def _with_keypoints(seen: Seen) -> Pixels:
    height, width = seen.pixels.shape[:2]
    factor = _DRAWN_SIDE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    reduced = cv2.resize(seen.pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    # A shade darker, so that the circles stand out.
    drawn = np.asarray(np.asarray(reduced, np.uint8) // 4 * 3 + 16, np.uint8)
    step = max(1, len(seen.features) // _DRAWN_KEYPOINTS)
    for number, (x, y, diameter, angle) in enumerate(seen.features.keypoints[::step]):
        _draw(drawn, x * factor, y * factor, diameter * factor, angle, _COLORS[number % len(_COLORS)])
    return drawn


def _draw(
    drawn: Pixels, x: float, y: float, diameter: float, angle: float, color: tuple[int, int, int]
) -> None:
    middle = round(float(x) * 16), round(float(y) * 16)
    radius = max(1.5, float(diameter) / 2)
    cv2.circle(drawn, middle, round(radius * 16), color, 1, cv2.LINE_AA, 4)
    if angle >= 0:
        turn = np.deg2rad(angle)
        end = round((x + radius * np.cos(turn)) * 16), round((y + radius * np.sin(turn)) * 16)
        cv2.line(drawn, middle, end, color, 1, cv2.LINE_AA, 4)
