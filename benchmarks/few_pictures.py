"""What distorted copies bring where there are few pictures to learn from.

    python -m benchmarks.few_pictures artworks19 --pictures 3

In each repetition a few pictures of every class are learnt from and all others asked about; near duplicates
of what was learnt from are left out. Every row of a repetition has the same pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.recognition import DATA, probabilities_of
from runtime.configuration.processors import usable_processors
from training.augmentation.copies import AugmentationSettings
from training.descriptors.cache import default_cache
from training.descriptors.extraction import extract_descriptors
from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.metrics import log_loss
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet, read_image_set
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench
from training.trainer import learn

SETTINGS = [
    AugmentationSettings(),
    AugmentationSettings(copies=4, strength=0.5),
    AugmentationSettings(copies=4),
    AugmentationSettings(copies=8),
    AugmentationSettings(copies=4, resampling=True),
]


def few_of_each(image_set: ImageSet, count: int, seed: int) -> Split:
    """Some groups of every class, one picture of each; and all pictures of other groups."""
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for target in range(len(image_set.labels)):
        of_class = rng.permutation(np.flatnonzero(image_set.targets == target))
        _, firsts = np.unique(image_set.groups[of_class], return_index=True)
        chosen += of_class[np.sort(firsts)[:count]].tolist()
    train = np.array(sorted(chosen), np.int64)
    others = np.flatnonzero(~np.isin(image_set.groups, image_set.groups[train]))
    return Split(train, others)


def figures(labelled: LabelledDescriptors, split: Split, recipe: Recipe, seed: int, jobs: int) -> list[float]:
    """Accuracy and log loss on what was not learnt from."""
    part = labelled.subset(split.train)
    model = learn(part, recipe, Workbench(seed, jobs))
    answers = probabilities_of(model, labelled.descriptors.subset(split.test))
    targets: NDArray[np.int64] = labelled.targets[split.test]
    return [float((answers.argmax(axis=1) == targets).mean()), log_loss(answers, targets)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", default="artworks")
    parser.add_argument("--pictures", type=int, default=3, help="of each class that are learnt from")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=usable_processors())
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = DATA / arguments.data if (DATA / arguments.data).is_dir() else Path(arguments.data)
    image_set = read_image_set(folder, arguments.jobs)
    plain = load_recipe(arguments.recipe)
    extractor, cache = plain.create_extractor(), default_cache()
    descriptors = extract_descriptors(image_set, extractor, cache, arguments.jobs)
    for settings in SETTINGS:
        copies = tuple(
            extract_descriptors(image_set, extractor, cache, arguments.jobs, distortion=each)
            for each in settings.distortions(0)
        )
        labelled = LabelledDescriptors(
            descriptors, image_set.targets, image_set.groups, image_set.labels, copies
        )
        recipe = plain.model_copy(update={"augmentation": settings})
        rows = [
            figures(labelled, few_of_each(image_set, arguments.pictures, seed), recipe, seed, arguments.jobs)
            for seed in range(arguments.repetitions)
        ]
        accuracy, loss = np.mean(rows, axis=0).round(4).tolist()
        spread = round(float(np.std(rows, axis=0)[0]), 4)
        row = {**settings.model_dump(), "accuracy": accuracy, "deviation": spread, "log_loss": loss}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
