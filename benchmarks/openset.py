"""How well known pictures and strangers are told apart: whole classes are left out of everything.

    python -m benchmarks.openset artworks19 --recipe artworks --left-out 5

In each repetition some classes are never shown: not to codebook, classifier, calibration or threshold. Known
pictures come from the folds that the model did not learn from, with near duplicates on one side.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.recognition import DATA, probabilities_of
from runtime.configuration.processors import usable_processors
from training.descriptors.cache import default_cache
from training.descriptors.extraction import extract_descriptors
from training.descriptors.labelled import LabelledDescriptors
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import read_image_set
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench
from training.trainer import learn
from vision.answers import reaches


def measured(
    labelled: LabelledDescriptors, unseen: NDArray[np.int64], recipe: Recipe, folds: int, seed: int, jobs: int
) -> dict[str, float]:
    """Figures of one repetition.

    Args:
        labelled: All pictures.
        unseen: Indices of the labels that are left out.
        recipe: What is trained.
        folds: How many of five folds are asked about.
        seed: Seed of folds and models.
        jobs: Processes.
    """
    strange = np.flatnonzero(np.isin(labelled.targets, unseen))
    known = labelled.subset(np.flatnonzero(~np.isin(labelled.targets, unseen)))
    groups = separated_groups(known.targets, known.groups)
    inside, outside, rightly, own = [], [], [], []
    for fold in stratified_folds(known.targets, groups, 5, seed)[:folds]:
        part = known.subset(fold.train)
        model = learn(part, recipe, Workbench(seed, jobs))
        names = [part.labels.index(known.labels[each]) for each in known.targets[fold.test]]
        answers = probabilities_of(model, known.descriptors.subset(fold.test))
        others = probabilities_of(model, labelled.descriptors.subset(strange)).max(axis=1)
        inside.append(answers.max(axis=1))
        rightly.append(answers.argmax(axis=1) == np.array(names))
        outside.append(others)
        threshold = model.open_set.threshold
        own.append([reaches(inside[-1], threshold).mean(), reaches(others, threshold).mean()])
    seen, unknown, right = np.concatenate(inside), np.concatenate(outside), np.concatenate(rightly)
    border = np.quantile(unknown, 0.99)
    truth = np.repeat([1, 0], [len(seen), len(unknown)])
    kept, accepted = np.mean(own, axis=0)
    return {
        "auroc": float(roc_auc_score(truth, np.concatenate([seen, unknown]))),
        "recognised_at_1_percent": float(((seen > border) & right).mean()),
        "kept_at_own_threshold": float(kept),
        "strangers_accepted_at_own_threshold": float(accepted),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", default="artworks")
    parser.add_argument("--left-out", type=int, default=5, help="classes left out at a time")
    parser.add_argument("--repetitions", type=int, default=4)
    parser.add_argument("--folds", type=int, default=2, help="how many of five folds are asked about")
    parser.add_argument("--jobs", type=int, default=usable_processors())
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = DATA / arguments.data if (DATA / arguments.data).is_dir() else Path(arguments.data)
    recipe = load_recipe(arguments.recipe)
    image_set = read_image_set(folder, arguments.jobs)
    descriptors = extract_descriptors(image_set, recipe.create_extractor(), default_cache(), arguments.jobs)
    labelled = LabelledDescriptors(descriptors, image_set.targets, image_set.groups, image_set.labels)
    order = np.random.default_rng(0).permutation(len(image_set.labels))
    rows = []
    for number in range(arguments.repetitions):
        unseen = np.roll(order, -number * arguments.left_out)[: arguments.left_out]
        row = measured(labelled, unseen, recipe, arguments.folds, number, arguments.jobs)
        names = [image_set.labels[each] for each in unseen]
        rows.append({"left_out": names, **row})
        print(json.dumps(rows[-1]), flush=True)
    figures = [name for name in rows[0] if name != "left_out"]
    print(json.dumps({name: float(np.mean([row[name] for row in rows])) for name in figures}, indent=2))


if __name__ == "__main__":
    main()
