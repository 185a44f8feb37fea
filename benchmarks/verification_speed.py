"""How long a doubtful answer takes to verify, on one core: a photo against exemplars of its likeliest labels.

`python -m benchmarks.verification_speed [--repeat 200] [--exemplars N] [--json]`. Photos are drawn from
pictures that come with scikit-image: three show the likeliest label's picture on a wall, three show something
else and are compared with all exemplars that are asked. The clock is that of this thread's work, so that
neighbours do not count.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from services.classification.verifier import Photo as Compared
from services.classification.verifier import Verifier
from training.recipe import load_recipe
from vision.answers import Recognition
from vision.extractors import LocalFeatures, create_extractor
from vision.joined import mirror_of
from vision.matching import Exemplar, Exemplars
from vision.verification import LIKELIEST

Pixels = NDArray[np.uint8]

DESCRIPTORS: Final = 500
RECIPE: Final = load_recipe("artworks").verification
LABELS: Final = 19
"""In the file; the exemplars of the likeliest are compared."""
PHOTO_PX: Final = (480, 360)
_EXTRACTOR = create_extractor("rootsift", {"max_keypoints": DESCRIPTORS})


@dataclass(frozen=True)
class Photo:
    """What is compared, and whether it shows the label's picture."""

    features: LocalFeatures
    shows_it: bool


def picture(name: str, width: int = 480) -> Pixels:
    """A picture of scikit-image, RGB."""
    pixels = getattr(skimage.data, name)()
    if pixels.ndim == 2:
        pixels = pixels[..., None].repeat(3, axis=2)
    height = round(pixels.shape[0] * width / pixels.shape[1])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def hung(shown: Pixels, share: float) -> Pixels:
    """The picture on a wall of bricks, seen a little from the side, over this share of the photo's width."""
    wall = cv2.resize(picture("brick"), PHOTO_PX)
    height, width = shown.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = share * PHOTO_PX[0], share * PHOTO_PX[0] * height / width
    oblique = np.array([[0, 0], [across, 0.06 * down], [0.97 * across, down], [0.02 * across, 0.92 * down]])
    corners = (oblique + (np.array(PHOTO_PX) - (across, down)) / 2).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(own, corners)
    painted = cv2.warpPerspective(shown, matrix, PHOTO_PX, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, PHOTO_PX)
    return np.where(mask[..., None] > 0, painted, wall).astype(np.uint8)


def first(features: LocalFeatures, count: int) -> LocalFeatures:
    """So many of the features, repeated where there are fewer."""
    rows = np.resize(np.arange(len(features)), count)
    return LocalFeatures(features.descriptors[rows], features.keypoints[rows])


def exemplars(count: int) -> Exemplars:
    """So many of each label; those of label 0 show the cup of coffee, others a camera man, a page, a cell."""
    shown = [_EXTRACTOR.extract(picture(name)) for name in ("coffee", "camera", "page", "cell")]
    kept = [first(each, RECIPE.keypoints) for each in shown]
    labels = [label for label in range(LABELS) for _ in range(count)]
    return Exemplars(
        tuple(Exemplar(label, kept[min(label, 3)], (480.0, 320.0)) for label in labels),
        _EXTRACTOR.descriptor_type,
        mirror=mirror_of(_EXTRACTOR),
    )


def photos() -> list[Photo]:
    """Three that show the label's picture, three that do not; 500 descriptors each."""
    shown = [hung(picture("coffee"), share) for share in (0.5, 0.7, 0.9)]
    others = [hung(picture(name), 0.8) for name in ("astronaut", "chelsea")] + [picture("gravel")]
    looked_at = [(each, True) for each in shown] + [(each, False) for each in others]
    return [Photo(first(_EXTRACTOR.extract(pixels), DESCRIPTORS), shows) for pixels, shows in looked_at]


def timed(repeat: int, count: int) -> dict[str, dict[str, float]]:
    """Milliseconds and agreeing points, of photos that show the picture and of others."""
    verifier, asked = Verifier(exemplars(count), 1 / LABELS, RECIPE.least_points), photos()
    doubtful = Recognition(tuple((label, 0.3 / (1 + label)) for label in range(LIKELIEST)), 0.3, False)
    samples: dict[bool, list[tuple[float, int]]] = {True: [], False: []}
    for turn in range(repeat + 1):
        for photo in asked:
            start = time.thread_time()
            found = verifier.verify(doubtful, Compared(photo.features, PHOTO_PX)).verification
            milliseconds = 1e3 * (time.thread_time() - start)
            if turn:  # the first round warms up
                samples[photo.shows_it].append((milliseconds, found.points if found else 0))
    return {
        name: {
            "median_ms": float(np.median([each for each, _ in samples[shows]])),
            "p95_ms": float(np.percentile([each for each, _ in samples[shows]], 95)),
            "fewest_points": min(points for _, points in samples[shows]),
            "most_points": max(points for _, points in samples[shows]),
        }
        for name, shows in (("shows it", True), ("something else", False))
    }


def main() -> None:
    """Prints the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeat", type=int, default=200)
    parser.add_argument("--exemplars", type=int, default=RECIPE.exemplars, help="of a label")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    threadpool_limits(1)
    found, kept = timed(chosen.repeat, chosen.exemplars), RECIPE.keypoints
    if chosen.json:
        print(json.dumps({"descriptors": DESCRIPTORS, "exemplars": chosen.exemplars, "kept": kept, **found}))
        return
    print(
        f"{DESCRIPTORS} descriptors against {chosen.exemplars} exemplars of {kept} of the likeliest of "
        f"{LIKELIEST} labels, milliseconds on one core"
    )
    for name, row in found.items():
        points = f"{row['fewest_points']:.0f} to {row['most_points']:.0f} points agree"
        print(f"{name:<16}{row['median_ms']:>7.2f} median{row['p95_ms']:>7.2f} p95   {points}")


if __name__ == "__main__":
    main()
