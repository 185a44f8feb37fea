"""Whether an image-in package hangs on how a photo becomes its square.

`python -m benchmarks.coreml_resampling BUNDLE DIR [COUNT]` asks the package of a bundle about the pictures of
a folder, each brought to the model's size by every resampler, and once cropped to the centre, and prints how
often the label is the one that the server gives (stretched, INTER_AREA).
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.coreml.interpreter import load_model
from export.coreml.samples import pictures_of

RESAMPLERS = {
    "area": cv2.INTER_AREA,
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}


def main(bundle: Path, folder: Path, count: int) -> None:
    model = load_model(bundle / "model.mlpackage")
    (name,) = model.images
    size = (model.images[name].width, model.images[name].height)

    def label(pixels: NDArray[np.uint8], method: int) -> str:
        square = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
        return str(model.predict({name: square})["label"])

    agreed = dict.fromkeys([*RESAMPLERS, "centre crop"], 0)
    pictures = list(islice(pictures_of(folder, 1024), count))
    for _, pixels in pictures:
        expected = label(pixels, cv2.INTER_AREA)
        for resampler, method in RESAMPLERS.items():
            agreed[resampler] += label(pixels, method) == expected
        agreed["centre crop"] += label(center_square(pixels), cv2.INTER_AREA) == expected
    for way, hits in agreed.items():
        print(f"{way:12} {hits / len(pictures):7.2%} of {len(pictures)} pictures")


def center_square(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest square in the middle, as Vision's centreCrop takes it."""
    height, width, _ = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 100)
