"""What verified answers do, by nested cross-validation: pictures as they are, photographs of them, other art.

    python -m benchmarks.verification artworks19 --recipe artworks --strangers museum

In each fold everything is learnt from the training part alone: model, threshold, exemplars and the bounds of
verification. Every model is asked about the pictures that were held out, one photograph of each, and all
strangers. The pictures are those beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.recognition import DATA, probabilities_of
from runtime.configuration.processors import usable_processors
from training.descriptors.cache import default_cache
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.descriptors.views import extract_views
from training.evaluation.answers import Answers, Asked, Questions, Served, Share
from training.gathering import gather_descriptors
from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import read_image_set
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench
from training.trainer import TrainedModel, learn
from training.verification.learning import verify

Told = NDArray[np.int64]


def asked_of(model: TrainedModel, descriptors: DescriptorSet, targets: NDArray[np.int64] | None) -> Asked:
    folds = np.zeros(len(descriptors), np.int64)
    return Asked(descriptors, probabilities_of(model, descriptors), folds, targets)


def answered(model: TrainedModel, asked: Asked, bench: Workbench) -> tuple[Told, Told]:
    """Which labels are told by probability alone, and with verification."""
    threshold, learnt = model.open_set.threshold, model.verification
    alone = asked.told(threshold)
    if learnt is None:
        return alone, alone
    compared = verify(asked, [learnt.exemplars], threshold, bench)
    return alone, compared.told(threshold, learnt.lowest_probability, learnt.least_points)


def measured(
    labelled: LabelledDescriptors, strangers: DescriptorSet, recipe: Recipe, bench: Workbench
) -> dict[str, object]:
    """Figures over all folds, by probability alone and verified."""
    targets, photographs = labelled.targets, labelled.photographs
    if photographs is None:
        raise ValueError("photographs are asked about")
    groups = separated_groups(targets, labelled.groups)
    served: list[tuple[Served, Served]] = []
    bounds = []
    for fold in stratified_folds(targets, groups, 5, bench.seed):
        model = learn(labelled.subset(fold.train), recipe, bench)
        if model.labels != labelled.labels:
            raise ValueError("a label has all its pictures in one fold")
        taken = photographs.subset(fold.test)
        questions = Questions(
            asked_of(model, labelled.descriptors.subset(fold.test), targets[fold.test]),
            asked_of(model, taken.descriptors, targets[fold.test][taken.pictures]),
            asked_of(model, strangers, None),
        )
        told = questions.each(lambda each, model=model: answered(model, each, bench))  # type: ignore[misc]
        served.append(
            (
                Served.of(questions, told.each(lambda each: each[0])),
                Served.of(questions, told.each(lambda each: each[1])),
            )
        )
        if model.verification:
            bounds.append([model.verification.least_points, model.verification.lowest_probability])
    by_kind = {"by probability": [alone for alone, _ in served], "verified": [found for _, found in served]}
    return {"bounds": bounds, **{kind: summed(parts) for kind, parts in by_kind.items()}}


def summed(parts: list[Served]) -> dict[str, object]:
    """Shares over all folds with their intervals."""
    photographs = [each.photographs for each in parts if each.photographs]
    return {
        "as they are": answers([each.pictures for each in parts]),
        "photographs": answers(photographs),
        "strangers taken for a label": share([_rest(each.refused) for each in parts]),
    }


def answers(parts: list[Answers]) -> dict[str, object]:
    return {
        "best right": share([each.right for each in parts]),
        "answered, and rightly": share([each.answered for each in parts]),
        "mistaken": share([each.mistaken for each in parts]),
    }


def share(parts: list[Share]) -> dict[str, object]:
    whole = Share(sum(each.part for each in parts), sum(each.count for each in parts))
    return {"value": whole.value, "interval": whole.interval, "part": whole.part, "count": whole.count}


def _rest(refused: Share) -> Share:
    return Share(refused.count - refused.part, refused.count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", help="folder below ../shared/data, or any image set")
    parser.add_argument("--recipe", default="artworks", help="name or file")
    parser.add_argument("--strangers", default="museum", help="folder of folders of other pictures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=usable_processors())
    parser.add_argument("--cache", type=Path, default=default_cache())
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe, started = load_recipe(arguments.recipe), time.perf_counter()
    known, others = (
        read_image_set(DATA / each if (DATA / each).is_dir() else Path(each), arguments.jobs)
        for each in (arguments.data, arguments.strangers)
    )
    labelled = gather_descriptors(known, recipe, arguments.cache, arguments.seed, arguments.jobs)
    strangers = extract_views(others, recipe.create_extractor(), arguments.cache, arguments.jobs)
    with tempfile.TemporaryDirectory() as searches:
        bench = Workbench(arguments.seed, arguments.jobs, kept=Path(searches))
        figures = measured(labelled, strangers, recipe, bench)
    print(json.dumps({**figures, "seconds": time.perf_counter() - started}, indent=2))


if __name__ == "__main__":
    main()
