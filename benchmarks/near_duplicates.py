"""Near duplicates: how many copies of sixty pictures are found, and what is wrongly taken for one.

    python -m benchmarks.near_duplicates ../shared/data [--small N] [--pairs]

Sixty reproductions of `artworks19` are written once more with each distortion; each must be in one group with
its original. Then the sets themselves are searched: pairs of two labels in `artworks19` are false; those of
`genres4` and `cifar10` are few enough to be looked at, so `--pairs` names them. Seconds are of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.copies import COPIES, Pixels
from training.imagesets.duplicates import look_at, near_duplicate_groups
from training.imagesets.imageset import LOOK_SIDE_PX
from vision.picture import decode

COUNT = 60
SIDE_PX = 640


def small(data: bytes) -> Pixels:
    return decode(data, max_side_px=LOOK_SIDE_PX).pixels


def searched(pictures: list[Pixels]) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    return near_duplicate_groups([look_at(each) for each in pictures], lambda number: pictures[number])


def found_by_distortion(files: list[Path]) -> Iterator[tuple[str, int]]:
    """How many copies share a group with their original, of as many as there are files."""
    data = [each.read_bytes() for each in files]
    originals = [small(each) for each in data]
    large = [decode(each, max_side_px=SIDE_PX).pixels for each in data]
    for name, distorted in COPIES.items():
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
