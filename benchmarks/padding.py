"""What an accuracy owes to padding and proportions: pictures as they are, cropped, and square.

    python -m benchmarks.padding genres4 --recipe styles

*Cropped* pictures have lost their borders of one colour and a fortieth of each side more; *square* ones are
the middle of those, so that neither border nor proportions tell anything. The recipe's last classifier is
trained on one form and asked about each form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.command_line import image_set_parser
from benchmarks.trained import pictures_of
from training.classifiers import score
from training.descriptors.extraction import DescriptorSet, Features, pack
from training.extractors import named_extractor
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.frames import frame_of
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from vision.picture import decode

Pixels = NDArray[np.uint8]
_MARGIN = 1 / 40


def as_it_is(pixels: Pixels) -> Pixels:
    return pixels


def cropped(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    left, top, right, bottom = frame_of(pixels, width, height).borders
    rows = slice(round((top + _MARGIN) * height), round((1 - bottom - _MARGIN) * height))
    columns = slice(round((left + _MARGIN) * width), round((1 - right - _MARGIN) * width))
    return np.ascontiguousarray(pixels[rows, columns])


def square(pixels: Pixels) -> Pixels:
    inside = cropped(pixels)
    side = min(inside.shape[:2])
    top, left = ((each - side) // 2 for each in inside.shape[:2])
    return np.ascontiguousarray(inside[top : top + side, left : left + side])


FORMS: dict[str, Callable[[Pixels], Pixels]] = {"as it is": as_it_is, "cropped": cropped, "square": square}


def descriptors(image_set: ImageSet, recipe: Recipe, border: str, form: str, jobs: int) -> DescriptorSet:
    """Of every picture in one form."""
    parameters = {**recipe.extractor, "border": border}
    extractor = named_extractor(str(parameters.pop("name")), parameters)

    def extract(path: str) -> Features:
        pixels = decode((image_set.root / path).read_bytes(), max_side_px=2 * extractor.max_side_px).pixels
        return extractor.extract(FORMS[form](pixels))

    with ThreadPoolExecutor(jobs) as pool:
        return pack(list(pool.map(extract, [each.path for each in image_set.pictures])), extractor)


def accuracy(
    learnt: DescriptorSet, asked: DescriptorSet, image_set: ImageSet, recipe: Recipe, seeds: range
) -> float:
    """Mean over five folds and some seeds, trained on one form and asked about another."""
    targets = image_set.targets
    groups = separated_groups(targets, image_set.groups)
    right = []
    for seed in seeds:
        for fold in stratified_folds(targets, groups, 5, seed):
            encoder = recipe.encoders[0].fit(learnt, fold.train, seed)
            features = encoder.encode(learnt.subset(fold.train))
            estimator = recipe.classifiers[-1].fit(features, targets[fold.train], seed)
            answers = score(estimator, encoder.encode(asked.subset(fold.test))).argmax(axis=1)
            right.append(float((answers == targets[fold.test]).mean()))
    return float(np.mean(right))


def main() -> None:
    parser = image_set_parser(__doc__, "styles")  # whose extractor is a graph
    parser.add_argument("--seeds", type=int, default=3, help="repetitions with other splits")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe, image_set = load_recipe(arguments.recipe), pictures_of(arguments.data, arguments.jobs)
    seeds = range(arguments.seeds)
    for border in ("trim", "keep"):
        seen = {form: descriptors(image_set, recipe, border, form, arguments.jobs) for form in FORMS}
        for learnt in FORMS:
            row = {asked: accuracy(seen[learnt], seen[asked], image_set, recipe, seeds) for asked in FORMS}
            print(json.dumps({"border": border, "learnt": learnt, "asked": row}), flush=True)


if __name__ == "__main__":
    main()
