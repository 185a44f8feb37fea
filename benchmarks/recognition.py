"""How good recipes are, measured by nested cross-validation that keeps near duplicates on one side.

    python -m benchmarks.recognition artworks19 --recipe artworks --recipe tutorial

In each fold everything is trained on the training part alone, as `lienzo train` does it, photographs, copies
and drawn strangers included: codebook, principal components, classifier, choice among candidates,
calibration, threshold and exemplars. The pictures are those beside the checkout.
"""

from __future__ import annotations

import json
import time

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.command_line import image_set_parser
from benchmarks.trained import asked_of, described, pictures_of, recognized_by, trained_on_folds
from training.evaluation.answers import NOT_RECOGNIZED
from training.evaluation.metrics import Metrics, measure
from training.imagesets.folds import separated_groups
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench


def nested(image_set: ImageSet, recipe: Recipe, seed: int, jobs: int) -> tuple[Metrics, float]:
    """Figures over all folds, and the share of pictures that is answered, and rightly."""
    targets, labels, bench = image_set.targets, image_set.labels, Workbench(seed, jobs)
    groups, descriptors = separated_groups(targets, image_set.groups), described(image_set, recipe, jobs)
    probabilities = np.zeros((len(targets), len(labels)))
    fold_of = np.zeros(len(targets), np.int64)
    kept = np.zeros(len(targets), bool)
    for number, (model, held_out, _) in enumerate(trained_on_folds(image_set, recipe, bench)):
        columns = np.array([labels.index(label) for label in model.labels])
        asked = asked_of(model, descriptors.subset(held_out), None)
        _, recognized = recognized_by(model, asked, bench)
        probabilities[np.ix_(held_out, columns)] = asked.probabilities
        fold_of[held_out] = number
        kept[held_out] = (recognized != NOT_RECOGNIZED) & (columns[recognized] == targets[held_out])
    return measure(probabilities, targets, fold_of, labels, groups), float(kept.mean())


def measured(image_set: ImageSet, recipe: Recipe, seeds: range, jobs: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for seed in seeds:
        started = time.perf_counter()
        metrics, kept = nested(image_set, recipe, seed, jobs)
        rows.append(
            {
                "recipe": recipe.name,
                "seed": seed,
                "pictures": len(image_set.pictures),
                "accuracy": metrics.accuracy,
                "fold_accuracies": metrics.fold_accuracies,
                "interval": metrics.accuracy_interval,
                "log_loss": metrics.log_loss,
                "calibration_error": metrics.calibration_error,
                "answered_and_right": kept,
                "seconds": time.perf_counter() - started,
            }
        )
    return rows


def table(rows: list[dict[str, object]]) -> Table:
    shown = Table()
    names = ("recipe", "seed", "accuracy", "log_loss", "calibration_error", "answered_and_right", "seconds")
    for name in names:
        shown.add_column(name.replace("_", " "), justify="left" if name == "recipe" else "right")
    for row in rows:
        shown.add_row(
            *(f"{row[name]:.4f}" if isinstance(row[name], float) else str(row[name]) for name in names)
        )
    return shown


def main() -> None:
    parser = image_set_parser(__doc__, several=True)
    parser.add_argument("--seeds", type=int, default=1, help="repetitions with other splits")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    image_set = pictures_of(arguments.data, arguments.jobs)
    rows: list[dict[str, object]] = []
    for name in arguments.recipe or ["artworks"]:
        rows += measured(image_set, load_recipe(name), range(arguments.seeds), arguments.jobs)
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        Console().print(table(rows))


if __name__ == "__main__":
    main()
