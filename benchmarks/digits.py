"""Templates of digits: leave-one-out, as first published and as the recipe has them, and on changed pictures.

    python -m benchmarks.digits

The pictures are scripted changes of held-out ones: the templates never contain the digit that is asked about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.command_line import new_parser
from benchmarks.trained import DATA
from training.classifiers.templates import TemplateClassifier, TemplateSettings
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.registry import create_graph_extractor
from training.imagesets.labels import labelled_files
from training.recipe import load_recipe
from vision.extractors import Parameter
from vision.picture import decode

Pixels = NDArray[np.uint8]

WHITE = (255, 255, 255)
WHOLE: Mapping[str, Parameter] = {"centre": False, "grid": 64, "threshold": "half"}


def shifted(pixels: Pixels, across: int, down: int, sheet: int = 0) -> Pixels:
    """Shifts a picture on white paper, which is larger by `sheet` pixels on each side."""
    height, width = pixels.shape[:2]
    matrix = np.array([[1, 0, sheet + across], [0, 1, sheet + down]], np.float32)
    size = (width + 2 * sheet, height + 2 * sheet)
    return np.asarray(cv2.warpAffine(pixels, matrix, size, borderValue=WHITE), np.uint8)


def tinted(pixels: Pixels) -> Pixels:
    """Blue ink on yellow paper, of low contrast."""
    light = pixels / 255
    return np.asarray(np.rint(np.array([70, 80, 140]) + light * np.array([170, 150, -20])), np.uint8)


def doubled(pixels: Pixels) -> Pixels:
    """Twice as large."""
    return np.asarray(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def halved_on_a_sheet(pixels: Pixels) -> Pixels:
    """Half as large, in the corner of a sheet of the picture's size."""
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = pixels.shape[:2]
    free = (height - half.shape[0], 0, 0, width - half.shape[1])
    return np.asarray(cv2.copyMakeBorder(half, *free, cv2.BORDER_CONSTANT, value=WHITE), np.uint8)


def noisy(pixels: Pixels) -> Pixels:
    """With noise of standard deviation 40."""
    noise = np.random.default_rng(int(pixels.sum())).normal(0, 40, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "inverted": lambda pixels: 255 - pixels,
    "shifted 10 px right": lambda pixels: shifted(pixels, 10, 0),
    "shifted 10 px left": lambda pixels: shifted(pixels, -10, 0),
    "shifted 10 px down, on a larger sheet": lambda pixels: shifted(pixels, 0, 10, 10),
    "shifted 10 px up, on a larger sheet": lambda pixels: shifted(pixels, 0, -10, 10),
    "scaled x2": doubled,
    "scaled x0.5, in a corner": halved_on_a_sheet,
    "tinted": tinted,
    "noisy": noisy,
    # Digits fill the picture's height, so that this cuts off a sixth of each.
    "shifted 10 px down, cut off": lambda pixels: shifted(pixels, 0, 10),
}


def cells_of(extractor: GraphExtractor, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
    """The cells of every picture, shape (pictures, cells)."""
    return np.array([extractor.extract(each).rows[0] for each in pictures], np.float32)


def right_when_left_out(
    known: NDArray[np.float32],
    asked: NDArray[np.float32],
    targets: NDArray[np.int64],
    settings: TemplateSettings,
) -> int:
    """Counts the right answers about pictures, each by templates of all others."""
    right = 0
    for number, target in enumerate(targets):
        others = np.arange(len(targets)) != number
        fitted: TemplateClassifier = settings.fit(known[others], targets[others], 0)
        right += int(fitted.predict(asked[number : number + 1])[0] == target)
    return right


def main() -> None:
    new_parser(__doc__).parse_args()
    files = labelled_files(DATA / "digits64" / "templates")
    pictures = [decode(path.read_bytes()).pixels for path in files]
    targets = np.array([int(each) for each in files.values()], np.int64)

    def report(form: str, right: int, **more: Any) -> None:
        print(json.dumps({"form": form, "right": right, "of": len(targets), **more}), flush=True)

    # The published program counts light cells, and takes one point off for shared cells, too.
    for form, counts, shared in (
        ("as its program computes it", "light", 1.0),
        ("as its text says", "dark", 2.0),
    ):
        cells = cells_of(create_graph_extractor("ink", {**WHOLE, "counts": counts}), pictures)
        summed = TemplateSettings(form="sum", shared=shared)
        report(f"first published, {form}", right_when_left_out(cells, cells, targets, summed))
    recipe = load_recipe("digits")
    extractor, settings = recipe.create_extractor(), recipe.classifiers[0]
    assert isinstance(extractor, GraphExtractor)
    assert isinstance(settings, TemplateSettings)
    known = cells_of(extractor, pictures)
    clean = right_when_left_out(known, known, targets, settings)
    report("recipe digits", clean)
    for name, change in CHANGES.items():
        asked = cells_of(extractor, [change(each) for each in pictures])
        right = right_when_left_out(known, asked, targets, settings)
        report(f"recipe digits, {name}", right, share_of_clean=round(right / clean, 3))


if __name__ == "__main__":
    main()
