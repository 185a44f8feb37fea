"""What distorted copies bring where there are few pictures to learn from.

    python -m benchmarks.few_pictures artworks19 --pictures 3

In each repetition a few pictures of every class are trained on and all others asked about; near duplicates
of what was trained on are left out. Every row of a repetition has the same pictures.
"""

from __future__ import annotations

import json

import cv2
import numpy as np

from benchmarks.command_line import image_set_parser
from benchmarks.trained import described, pictures_of, probabilities_of, targets_of, trained_on
from training.augmentation.copies import AugmentationSettings
from training.descriptors.extraction import DescriptorSet
from training.evaluation.metrics import log_loss
from training.imagesets.folds import Split
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench

SETTINGS = [
    AugmentationSettings(),
    AugmentationSettings(photographs=1),
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


def figures(
    image_set: ImageSet, descriptors: DescriptorSet, split: Split, recipe: Recipe, bench: Workbench
) -> list[float]:
    """Accuracy and log loss on what was not trained on."""
    model = trained_on(image_set, split.train, recipe, bench)
    answers = probabilities_of(model, descriptors.subset(split.test))
    targets = targets_of(image_set, split.test, model)
    return [float((answers.argmax(axis=1) == targets).mean()), log_loss(answers, targets)]


def main() -> None:
    parser = image_set_parser(__doc__, "artworks")
    parser.add_argument("--pictures", type=int, default=3, help="of each class that are trained on")
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    plain, image_set = load_recipe(arguments.recipe), pictures_of(arguments.data, arguments.jobs)
    descriptors = described(image_set, plain, arguments.jobs)
    for settings in SETTINGS:
        recipe = plain.model_copy(update={"augmentation": settings})
        rows = [
            figures(
                image_set,
                descriptors,
                few_of_each(image_set, arguments.pictures, seed),
                recipe,
                Workbench(seed, arguments.jobs),
            )
            for seed in range(arguments.repetitions)
        ]
        accuracy, loss = np.mean(rows, axis=0).round(4).tolist()
        spread = round(float(np.std(rows, axis=0)[0]), 4)
        row = {**settings.model_dump(), "accuracy": accuracy, "deviation": spread, "log_loss": loss}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
