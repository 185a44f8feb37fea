"""How good recipes are, measured by nested cross-validation that keeps near duplicates on one side.

    python -m benchmarks.recognition artworks19 --recipe artworks --recipe tutorial

In each fold everything is learnt from the training part alone, as `lienzo train` does it, photographs, copies
and drawn strangers included: codebook, principal components, classifier, choice among candidates, calibration
and threshold. The pictures are those beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from runtime.configuration.processors import usable_processors
from training.classifiers import score
from training.descriptors.cache import default_cache
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.metrics import Metrics, measure
from training.gathering import gather_descriptors
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import read_image_set
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench
from training.trainer import TrainedModel, learn
from vision.answers import reaches

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def probabilities_of(model: TrainedModel, descriptors: DescriptorSet) -> np.ndarray:
    return model.calibration.probabilities(score(model.estimator, model.encoder.encode(descriptors)))


def nested(labelled: LabelledDescriptors, recipe: Recipe, seed: int, jobs: int) -> tuple[Metrics, float]:
    """Figures over all folds, and the share of pictures that is answered, and rightly."""
    targets = labelled.targets
    groups = separated_groups(targets, labelled.groups)
    probabilities = np.zeros((len(targets), len(labelled.labels)))
    fold_of = np.zeros(len(targets), np.int64)
    kept = np.zeros(len(targets), bool)
    for number, fold in enumerate(stratified_folds(targets, groups, 5, seed)):
        known = labelled.subset(fold.train)
        model = learn(known, recipe, Workbench(seed, jobs))
        columns = np.array([labelled.labels.index(label) for label in known.labels])
        answers = probabilities_of(model, labelled.descriptors.subset(fold.test))
        probabilities[np.ix_(fold.test, columns)] = answers
        fold_of[fold.test] = number
        kept[fold.test] = reaches(answers.max(axis=1), model.open_set.threshold)
    right = probabilities.argmax(axis=1) == targets
    return measure(probabilities, targets, fold_of, labelled.labels, groups), float((kept & right).mean())


def measured(folder: Path, recipe: Recipe, seeds: range, jobs: int) -> list[dict[str, object]]:
    image_set = read_image_set(folder, jobs)
    rows: list[dict[str, object]] = []
    for seed in seeds:
        started = time.perf_counter()
        labelled = gather_descriptors(image_set, recipe, default_cache(), seed, jobs)
        metrics, kept = nested(labelled, recipe, seed, jobs)
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", action="append", help="name or file; may be given several times")
    parser.add_argument("--seeds", type=int, default=1, help="repetitions with other splits")
    parser.add_argument("--jobs", type=int, default=usable_processors())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = DATA / arguments.data if (DATA / arguments.data).is_dir() else Path(arguments.data)
    rows: list[dict[str, object]] = []
    for name in arguments.recipe or ["artworks"]:
        rows += measured(folder, load_recipe(name), range(arguments.seeds), arguments.jobs)
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        Console().print(table(rows))


if __name__ == "__main__":
    main()
