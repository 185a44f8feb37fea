"""How many other versions of a work are refused, and how many photographs of the work itself.

Versions are drawn: a place inside a work shows a part of another work, is painted over, or moves. Versions
and works are photographed by the simulator, some of the works with an arm and a hand in front of them, and
compared with the reference of the work.

Run `python -m benchmarks.look_alikes [--photographs 120] [--seed 1]`; the works lie beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.catalogue import DATA
from training.augmentation.photographs import photographed
from vision.identification.appearance import LEAST_LIKENESS, likeness
from vision.identification.contradiction import contradiction
from vision.identification.photo import look_at
from vision.identification.reference import reference_of
from vision.matching import SURE_POINTS, find_agreement
from vision.picture import Picture, PictureInfo, decode

Pixels = NDArray[np.uint8]
SHARES = (0.03, 0.05, 0.1)
LEAST_CHANGE = 20.0
"""Root of the mean square in grey levels: a black place painted black is the same work."""
SIDE_PX = 720
SIDES_PX = (480, 640, 960)
MANY_POINTS = 40


def main() -> None:
    """Prints one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=int, default=120, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(arguments.seed)
    works = sorted((DATA / "catalogue").glob("*.jpg"))
    kinds: dict[str, Callable[[Pixels, Pixels], Pixels | None]] = {
        "the work": lambda own, _: taken(own, rng),
        "the work, an arm before it": lambda own, other: with_arm(taken(own, rng), other, rng),
        **{f"another version, {share:.0%} of it": versions(share, rng) for share in SHARES},
    }
    for kind, photograph in kinds.items():
        told, refused, seconds = 0, 0, []
        for _ in range(arguments.photographs):
            own, other = (opened(works[int(each)]) for each in rng.integers(len(works), size=2))
            photo = photograph(own.pixels, other.pixels)
            strength, spent = (None, 0.0) if photo is None else contradicted(own, photo)
            if strength is not None:
                told, refused = told + 1, refused + (strength > 0)
                seconds.append(spent)
        print(
            json.dumps(
                {
                    "what": kind,
                    "agree": told,
                    "refused": refused,
                    "median_processor_ms": round(1e3 * float(np.median(seconds)), 1),
                }
            ),
            flush=True,
        )


def versions(share: float, rng: np.random.Generator) -> Callable[[Pixels, Pixels], Pixels | None]:
    """Returns what photographs a version of a work that differs in a share of it."""

    def photograph(own: Pixels, other: Pixels) -> Pixels | None:
        changed = version(own, other, share, rng)
        return None if changed is None else taken(changed, rng)

    return photograph


def opened(path: Path) -> Picture:
    """Reads the reference picture of a work."""
    return decode(path.read_bytes(), max_side_px=SIDE_PX)


def taken(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Photographs a work."""
    return photographed(pixels, rng, int(rng.choice(SIDES_PX))).pixels


def contradicted(work: Picture, pixels: Pixels) -> tuple[float | None, float]:
    """Returns how strongly a photo contradicts a work, and the time it took; None where it does not agree."""
    reference = reference_of(work)
    photo = look_at(Picture(pixels, PictureInfo("jpeg", pixels.shape[1], pixels.shape[0])))
    agreement = find_agreement(reference.features, reference.size_px, photo.features, photo.size_px, "uint8")
    if agreement.outline is None or agreement.points < SURE_POINTS:
        return None, 0.0
    seen = pixels, agreement.outline, photo.size_px[0], reference
    if agreement.points < MANY_POINTS and likeness(*seen) < LEAST_LIKENESS:
        return None, 0.0
    begin = time.process_time()
    strength = contradiction(*seen)
    return strength, time.process_time() - begin


def version(own: Pixels, other: Pixels, share: float, rng: np.random.Generator) -> Pixels | None:
    """Draws another version of a work; None where no place was found that would show."""
    height, width = own.shape[:2]
    for _ in range(40):
        kind = rng.choice(["another motif", "painted over", "moved"])
        place = inner_place(width, height, share / 2 if kind == "moved" else share, rng)
        if place is None:
            continue
        soft = cv2.GaussianBlur(place, (0, 0), 0.006 * max(height, width)).astype(np.float32)[..., None] / 255
        below = cv2.resize(other, (width, height)) if kind == "another motif" else painted_over(own, place)
        drawn = own * (1 - soft) + below * soft
        if kind == "moved":
            step = rng.uniform(0.06, 0.15, 2) * rng.choice([-1, 1], 2) * max(height, width)
            shift = np.array([[1, 0, step[0]], [0, 1, step[1]]])
            there = cv2.warpAffine(soft, shift, (width, height))[..., None]
            drawn = drawn * (1 - there) + cv2.warpAffine(own, shift, (width, height)) * there
        found = np.clip(drawn, 0, 255).astype(np.uint8)
        before, after = (
            cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(float)[place > 0] for each in (own, found)
        )
        if np.sqrt(((before - after) ** 2).mean()) >= LEAST_CHANGE:
            return found
    return None


def inner_place(width: int, height: int, share: float, rng: np.random.Generator) -> Pixels | None:
    """Marks an ellipse of a share of the picture, away from its border; None where none fits."""
    stretch = np.exp(rng.uniform(-0.6, 0.6))
    axes = np.sqrt(share * width * height / np.pi) * np.array([np.sqrt(stretch), 1 / np.sqrt(stretch)])
    reach = axes.max() + 0.04 * max(width, height)
    if 2 * reach >= min(width, height):
        return None
    middle = rng.uniform(reach, (width - reach, height - reach))
    mask = np.zeros((height, width), np.uint8)
    box = (middle.tolist(), (2 * axes).tolist(), float(rng.uniform(0, 180)))
    return np.asarray(cv2.ellipse(mask, box, 255, -1), np.uint8)


def painted_over(own: Pixels, place: Pixels) -> Pixels:
    """Fills a place with what lies around it."""
    height, width = own.shape[:2]
    small = cv2.resize(own, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    hole = cv2.dilate(cv2.resize(place, (width // 4, height // 4)), np.ones((3, 3)))
    filled = cv2.inpaint(small, (hole > 0).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_arm(photo: Pixels, pattern: Pixels, rng: np.random.Generator) -> Pixels:
    """Holds a hand before the work, in a sleeve with a pattern, from an edge of the photo."""
    height, width = photo.shape[:2]
    side = min(height, width)
    start, inwards = [
        ((rng.uniform(0.1, 0.9) * width, height), (0, -1)),
        ((width, rng.uniform(0.1, 0.9) * height), (-1, 0)),
        ((0, rng.uniform(0.1, 0.9) * height), (1, 0)),
    ][int(rng.integers(3))]
    reach = rng.uniform(0.2, 0.5) * side
    hand = np.array(start) + np.array(inwards) * reach + rng.normal(0, 0.1 * reach, 2)
    mask = np.zeros((height, width), np.uint8)
    ends = [[int(each) for each in point] for point in (start, hand)]
    cv2.line(mask, ends[0], ends[1], 255, int(rng.uniform(0.06, 0.14) * side))
    axes = [int(each) for each in rng.uniform(0.06, 0.13, 2) * side]
    cv2.ellipse(mask, ends[1], axes, rng.uniform(0, 180), 0, 360, 255, -1)
    soft = (
        cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.001, 0.012) * width).astype(np.float32)[..., None] / 255
    )
    skin = np.array([200, 150, 120]) * rng.uniform(0.2, 1.1)
    sleeve = 0.45 * cv2.resize(pattern, (width, height)) + 0.55 * skin
    return np.clip(photo * (1 - soft) + sleeve * soft, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
