"""What the threshold of a small image set is worth: a few classes of six pictures, asked about many others.

    python -m benchmarks.few_classes artworks19 --recipe artworks --classes 2 --classes 3

Each repetition trains on some classes as `lienzo train` does, and asks about the rest of their pictures,
about every other class, and about the pictures of another set, as the model is served. Nothing of those
reaches the training.
"""

from __future__ import annotations

import json

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks.command_line import image_set_parser
from benchmarks.trained import asked_of, described, pictures_of, recognized_by, targets_of, trained_on
from training.descriptors.extraction import DescriptorSet
from training.evaluation.answers import NOT_RECOGNIZED
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench


def chosen_pictures(image_set: ImageSet, classes: int, pictures: int, seed: int) -> NDArray[np.int64]:
    """So many different pictures of so many classes, by chance."""
    rng = np.random.default_rng(seed)
    found: list[int] = []
    for label in rng.choice(len(image_set.labels), classes, replace=False):
        of_class = np.flatnonzero(image_set.targets == label)
        _, first = np.unique(image_set.groups[of_class], return_index=True)
        found += of_class[rng.permutation(first)[:pictures]].tolist()
    return np.sort(np.array(found))


def measured(
    image_set: ImageSet,
    descriptors: DescriptorSet,
    elsewhere: DescriptorSet,
    recipe: Recipe,
    taught: NDArray[np.int64],
    bench: Workbench,
) -> dict[str, float]:
    """What the model states of itself, and what is true."""
    model = trained_on(image_set, taught, recipe, bench)
    is_known = np.isin(image_set.targets, image_set.targets[taught])
    is_new = ~np.isin(image_set.groups, image_set.groups[taught])
    own, targets = (
        np.flatnonzero(is_known & is_new),
        targets_of(image_set, np.flatnonzero(is_known & is_new), model),
    )
    others = DescriptorSet.joined((descriptors.subset(np.flatnonzero(~is_known)), elsewhere))
    asked, strange = asked_of(model, descriptors.subset(own), targets), asked_of(model, others, None)
    recognized, mistaken = (recognized_by(model, each, bench)[1] for each in (asked, strange))
    truth = np.repeat([1, 0], [len(own), len(others)])
    stated = model.served
    return {
        "stated_kept": stated.pictures.answered.value,
        "stated_refused": stated.stated_refused.value,
        "kept": float((recognized == targets).mean()),
        "strangers_accepted": float((mistaken != NOT_RECOGNIZED).mean()),
        "auroc": float(roc_auc_score(truth, np.concatenate([asked.scores, strange.scores]))),
        "threshold": model.open_set.threshold,
    }


def main() -> None:
    parser = image_set_parser(__doc__, "artworks")
    parser.add_argument("--classes", type=int, action="append", help="how many; may be given several times")
    parser.add_argument("--pictures", type=int, default=6, help="pictures of a class")
    parser.add_argument("--elsewhere", default="museum", help="another set, of nothing that is in the first")
    parser.add_argument("--repetitions", type=int, default=6)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe = load_recipe(arguments.recipe)
    image_set, others = (pictures_of(each, arguments.jobs) for each in (arguments.data, arguments.elsewhere))
    known, elsewhere = (described(each, recipe, arguments.jobs) for each in (image_set, others))
    for classes in arguments.classes or [2, 3, 4, 6]:
        rows = [
            measured(
                image_set,
                known,
                elsewhere,
                recipe,
                chosen_pictures(image_set, classes, arguments.pictures, 100 * classes + number),
                Workbench(number, arguments.jobs),
            )
            for number in range(arguments.repetitions)
        ]
        means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        worst = {"fewest_kept": min(row["kept"] for row in rows)}
        worst["most_accepted"] = max(row["strangers_accepted"] for row in rows)
        print(json.dumps({"classes": classes, **means, **worst}), flush=True)


if __name__ == "__main__":
    main()
