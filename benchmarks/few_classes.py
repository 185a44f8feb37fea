"""What the threshold of a small image set is worth: a few classes of six pictures, asked about many others.

    python -m benchmarks.few_classes artworks19 --recipe artworks --classes 2 --classes 3

Each repetition trains on some classes as `lienzo train` does, and asks about the rest of their pictures,
about every other class, and about the pictures of another set. Nothing of those reaches the training.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.recognition import DATA, probabilities_of
from runtime.configuration.processors import usable_processors
from training.descriptors.cache import default_cache
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.labelled import LabelledDescriptors
from training.imagesets.imageset import ImageSet, read_image_set
from training.openset.strangers import stranger_descriptors
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench
from training.trainer import learn
from vision.answers import reaches


def chosen_pictures(image_set: ImageSet, classes: int, pictures: int, seed: int) -> NDArray[np.int64]:
    """So many different pictures of so many classes, by chance."""
    rng = np.random.default_rng(seed)
    found: list[int] = []
    for label in rng.choice(len(image_set.labels), classes, replace=False):
        of_class = np.flatnonzero(image_set.targets == label)
        _, first = np.unique(image_set.groups[of_class], return_index=True)
        found += of_class[rng.permutation(first)[:pictures]].tolist()
    return np.sort(np.array(found))


def part_of(image_set: ImageSet, pictures: NDArray[np.int64]) -> ImageSet:
    """An image set of some pictures."""
    return replace(
        image_set,
        pictures=tuple(image_set.pictures[each] for each in pictures),
        groups=image_set.groups[pictures],
        frames=tuple(image_set.frames[each] for each in pictures),
        unreadable=(),
        contradictions=(),
    )


def measured(
    image_set: ImageSet,
    labelled: LabelledDescriptors,
    elsewhere: DescriptorSet,
    recipe: Recipe,
    taught: NDArray[np.int64],
    seed: int,
    jobs: int,
) -> dict[str, float]:
    """What the model states of itself, and what is true."""
    extractor, shown = recipe.create_extractor(), part_of(image_set, taught)
    drawn = stranger_descriptors(shown, extractor, default_cache(), seed, jobs)
    part = replace(labelled.subset(taught), strangers=drawn)
    model = learn(part, recipe, Workbench(seed, jobs))
    is_known = np.isin(labelled.targets, labelled.targets[taught])
    is_new = ~np.isin(labelled.groups, labelled.groups[taught])
    own = np.flatnonzero(is_known & is_new)
    answers = probabilities_of(model, labelled.descriptors.subset(own))
    others = DescriptorSet.joined((labelled.descriptors.subset(np.flatnonzero(~is_known)), elsewhere))
    strange = probabilities_of(model, others).max(axis=1)
    right = answers.argmax(axis=1) == [
        part.labels.index(labelled.labels[each]) for each in labelled.targets[own]
    ]
    told = model.open_set
    truth = np.repeat([1, 0], [len(answers), len(strange)])
    return {
        "stated_kept": told.kept,
        "stated_refused": told.refused,
        "kept": float((reaches(answers.max(axis=1), told.threshold) & right).mean()),
        "strangers_accepted": float(reaches(strange, told.threshold).mean()),
        "auroc": float(roc_auc_score(truth, np.concatenate([answers.max(axis=1), strange]))),
        "threshold": told.threshold,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", default="artworks")
    parser.add_argument("--classes", type=int, action="append", help="how many; may be given several times")
    parser.add_argument("--pictures", type=int, default=6, help="pictures of a class")
    parser.add_argument("--elsewhere", default="museum", help="another set, of nothing that is in the first")
    parser.add_argument("--repetitions", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=usable_processors())
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe = load_recipe(arguments.recipe)
    sets = [
        read_image_set(DATA / each if (DATA / each).is_dir() else Path(each), arguments.jobs)
        for each in (arguments.data, arguments.elsewhere)
    ]
    extractor = recipe.create_extractor()
    known, elsewhere = (
        extract_descriptors(each, extractor, default_cache(), arguments.jobs) for each in sets
    )
    image_set = sets[0]
    labelled = LabelledDescriptors(known, image_set.targets, image_set.groups, image_set.labels)
    for classes in arguments.classes or [2, 3, 4, 6]:
        rows = [
            measured(
                image_set,
                labelled,
                elsewhere,
                recipe,
                chosen_pictures(image_set, classes, arguments.pictures, 100 * classes + number),
                number,
                arguments.jobs,
            )
            for number in range(arguments.repetitions)
        ]
        means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        worst = {"fewest_kept": min(row["kept"] for row in rows)}
        worst["most_accepted"] = max(row["strangers_accepted"] for row in rows)
        print(json.dumps({"classes": classes, **means, **worst}), flush=True)


if __name__ == "__main__":
    main()
