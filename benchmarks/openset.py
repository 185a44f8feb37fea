"""How well known pictures and strangers are kept apart: whole classes are left out of everything.

    python -m benchmarks.openset artworks19 --recipe artworks --left-out 5

In each repetition some classes are never shown: not to codebook, classifier, calibration or threshold, nor in
mosaics. Known pictures come from the folds that the model did not learn from, with near duplicates on one
side. At its own threshold the model is asked as it is served, doubtful answers verified where it verifies.
"""

from __future__ import annotations

import json

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.command_line import image_set_parser
from benchmarks.trained import asked_of, described, pictures_of, recognized_by, trained_on_folds
from training.descriptors.extraction import DescriptorSet
from training.evaluation.answers import NOT_RECOGNIZED
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench


def measured(
    image_set: ImageSet,
    descriptors: DescriptorSet,
    unseen: NDArray[np.int64],
    recipe: Recipe,
    folds: int,
    bench: Workbench,
) -> dict[str, float]:
    """Figures of one repetition.

    Args:
        image_set: All pictures.
        descriptors: Of all pictures.
        unseen: Indices of the labels that are left out.
        recipe: What is trained.
        folds: How many of five folds are asked about.
        bench: Seed of folds and models, processes.
    """
    is_strange = np.isin(image_set.targets, unseen)
    strange, known = np.flatnonzero(is_strange), np.flatnonzero(~is_strange)
    inside, outside, rightly, own = [], [], [], []
    for model, held_out, targets in trained_on_folds(image_set.subset(known), recipe, bench, folds):
        asked = asked_of(model, descriptors.subset(known[held_out]), targets)
        others = asked_of(model, descriptors.subset(strange), None)
        inside.append(asked.scores)
        rightly.append(asked.best == targets)
        outside.append(others.scores)
        recognized, mistaken = (recognized_by(model, each, bench)[1] for each in (asked, others))
        own.append([(recognized == targets).mean(), (mistaken != NOT_RECOGNIZED).mean()])
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
    parser = image_set_parser(__doc__, "artworks")
    parser.add_argument("--left-out", type=int, default=5, help="classes left out at a time")
    parser.add_argument("--repetitions", type=int, default=4)
    parser.add_argument("--folds", type=int, default=2, help="how many of five folds are asked about")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe, image_set = load_recipe(arguments.recipe), pictures_of(arguments.data, arguments.jobs)
    descriptors = described(image_set, recipe, arguments.jobs)
    order = np.random.default_rng(0).permutation(len(image_set.labels))
    rows = []
    for number in range(arguments.repetitions):
        unseen = np.roll(order, -number * arguments.left_out)[: arguments.left_out]
        bench = Workbench(number, arguments.jobs)
        row = measured(image_set, descriptors, unseen, recipe, arguments.folds, bench)
        names = [image_set.labels[each] for each in unseen]
        rows.append({"left_out": names, **row})
        print(json.dumps(rows[-1]), flush=True)
    figures = [name for name in rows[0] if name != "left_out"]
    print(json.dumps({name: float(np.mean([row[name] for row in rows])) for name in figures}, indent=2))


if __name__ == "__main__":
    main()
