"""What an accuracy owes to padding and proportions: pictures as they are, cropped, and square.

    python -m benchmarks.padding genres4 --recipe styles

*Cropped* pictures have lost their borders of one colour and a fortieth of each side more; *square* ones are
the middle of those, so that neither border nor proportions tell anything. The recipe's last classifier is
learnt from one form and asked about each form.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.trained import DATA
from runtime.configuration.processors import usable_processors
from training.classifiers import score
from training.descriptors.extraction import DescriptorSet, Features, pack
from training.extractors import named_extractor
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.frames import frame_of
from training.imagesets.imageset import ImageSet, read_image_set
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
    """Mean over five folds and some seeds, learnt from one form and asked about another."""
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", default="styles", help="one whose extractor is a graph")
    parser.add_argument("--seeds", type=int, default=3, help="repetitions with other splits")
    parser.add_argument("--jobs", type=int, default=usable_processors())
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = DATA / arguments.data if (DATA / arguments.data).is_dir() else Path(arguments.data)
    recipe, image_set = load_recipe(arguments.recipe), read_image_set(folder, arguments.jobs)
    seeds = range(arguments.seeds)
    for border in ("trim", "keep"):
        seen = {form: descriptors(image_set, recipe, border, form, arguments.jobs) for form in FORMS}
        for learnt in FORMS:
            row = {asked: accuracy(seen[learnt], seen[asked], image_set, recipe, seeds) for asked in FORMS}
            print(json.dumps({"border": border, "learnt": learnt, "asked": row}), flush=True)


if __name__ == "__main__":
    main()
