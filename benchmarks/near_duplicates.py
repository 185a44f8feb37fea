"""Near duplicates: how many copies of sixty pictures are found, and what is wrongly taken for one.

    python -m benchmarks.near_duplicates ../shared/data [--small N] [--pairs]

Sixty reproductions of `artworks19` are written once more with each distortion; each must be in one group with
its original. Then the sets themselves are searched: pairs of two labels in `artworks19` are false; those of
`genres4` and `cifar10` are few enough to be looked at, so `--pairs` names them. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.duplicates import look_at, near_duplicate_groups
from training.imagesets.imageset import LOOK_SIDE_PX
from vision.picture import decode

Pixels: TypeAlias = NDArray[np.uint8]
COUNT = 60
SIDE_PX = 640


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def brighter(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(np.clip(np.rint(pixels * factor), 0, 255), np.uint8)


def turned(pixels: Pixels, degrees: float, zoom: float) -> Pixels:
    """Turned, with white corners, or enlarged so that none are seen."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), borderValue=(255,) * 3), np.uint8)


def framed(pixels: Pixels) -> Pixels:
    width = round(0.06 * max(pixels.shape))
    return np.asarray(
        cv2.copyMakeBorder(pixels, *(width,) * 4, cv2.BORDER_CONSTANT, value=(255,) * 3), np.uint8
    )


def marked(pixels: Pixels) -> Pixels:
    """With white words across, 60 % opaque."""
    height, width = pixels.shape[:2]
    words, place = pixels.copy(), (round(0.08 * width), round(0.55 * height))
    size, stroke = width / 300, max(2, width // 90)
    cv2.putText(
        words, "PHOTO ARCHIVE", place, cv2.FONT_HERSHEY_SIMPLEX, size, (255,) * 3, stroke, cv2.LINE_AA
    )
    return np.asarray(cv2.addWeighted(words, 0.6, pixels, 0.4, 0), np.uint8)


def cropped(pixels: Pixels, share: float) -> Pixels:
    top, left = (round(share / 2 * each) for each in pixels.shape[:2])
    return pixels[top:-top, left:-left]


DISTORTIONS: dict[str, Callable[[Pixels], bytes]] = {
    "JPEG, quality 30": lambda pixels: jpeg(pixels, 30),
    "reduced to a third": lambda pixels: jpeg(
        np.asarray(cv2.resize(pixels, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA), np.uint8)
    ),
    "cropped by 8 %": lambda pixels: jpeg(cropped(pixels, 0.08)),
    "brightness +8 %": lambda pixels: jpeg(brighter(pixels, 1.08)),
    "brightness +20 %": lambda pixels: jpeg(brighter(pixels, 1.2)),
    "white border": lambda pixels: jpeg(framed(pixels)),
    "mirrored": lambda pixels: jpeg(np.ascontiguousarray(pixels[:, ::-1])),
    "watermark": lambda pixels: jpeg(marked(pixels)),
    "turned by 2°, white corners": lambda pixels: jpeg(turned(pixels, 2, 1)),
    "turned by 2°, cropped": lambda pixels: jpeg(turned(pixels, 2, 1.08)),
}


def small(data: bytes) -> Pixels:
    return decode(data, max_side_px=LOOK_SIDE_PX).pixels


def searched(pictures: list[Pixels]) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    return near_duplicate_groups([look_at(each) for each in pictures], lambda number: pictures[number])


def found_by_distortion(files: list[Path]) -> Iterator[tuple[str, int]]:
    """How many copies share a group with their original, of as many as there are files."""
    data = [each.read_bytes() for each in files]
    originals = [small(each) for each in data]
    large = [decode(each, max_side_px=SIDE_PX).pixels for each in data]
    for name, distorted in DISTORTIONS.items():
        groups, _ = searched([*originals, *(small(distorted(each)) for each in large)])
        yield name, sum(groups[each] == groups[each + len(files)] for each in range(len(files)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("--small", type=int, default=10_000, help="pictures of cifar10")
    parser.add_argument("--pairs", action="store_true", help="name the pairs of the other sets")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    paintings = sorted((arguments.data / "artworks19").rglob("*.jpg"))
    for name, count in found_by_distortion(paintings[:: len(paintings) // COUNT][:COUNT]):
        print(f"{name:28} {count:3} of {COUNT}", flush=True)
    for name in ("artworks19", "genres4", "cifar10"):
        files = sorted(each for each in (arguments.data / name).rglob("*") if each.suffix in (".jpg", ".png"))
        files = files[:: max(1, len(files) // arguments.small)][: arguments.small]
        pictures = [small(each.read_bytes()) for each in files]
        began = time.process_time()
        groups, pairs = searched(pictures)
        seconds = time.process_time() - began
        apart = sum(files[one].parent != files[other].parent for one, other in pairs)
        print(
            f"{name:28} {len(files)} pictures, {len(set(groups))} groups, {len(pairs)} pairs, {apart} of two "
            f"labels, {seconds:.1f} s",
            flush=True,
        )
        for one, other in pairs if arguments.pairs and name != "artworks19" else ():
            print(f"  {files[one]}  {files[other]}")


if __name__ == "__main__":
    main()
