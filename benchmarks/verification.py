"""What verified answers do, by nested cross-validation: pictures as they are, photographs of them, other art.

    python -m benchmarks.verification artworks19 --recipe artworks --strangers museum

In each fold everything is trained on the training part alone: model, threshold, exemplars and the bounds of
verification. Every model is asked about the pictures that were held out, photographs of them, and all
strangers. No photograph that is asked about was taken with the seed of those that are trained on. The
pictures are those beside the checkout.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.command_line import image_set_parser
from benchmarks.trained import asked_of, described, pictures_of, recognized_by, trained_on_folds
from training.augmentation.photographing import Photographing
from training.descriptors.extraction import DescriptorSet
from training.evaluation.answers import Answers, Questions, Served, Share
from training.imagesets.imageset import ImageSet
from training.recipe import Recipe, load_recipe
from training.search.workbench import Workbench

_ASKED_SEED: Final = 77


def measured(
    image_set: ImageSet, strangers: DescriptorSet, recipe: Recipe, bench: Workbench, photographs: int = 1
) -> dict[str, object]:
    """Figures over all folds, by probability alone and verified.

    Args:
        image_set: All pictures.
        strangers: Descriptors of pictures that show none of the labels.
        recipe: What is trained.
        bench: How to work.
        photographs: How many of each held-out picture are asked about.
    """
    pictures = described(image_set, recipe, bench.jobs)
    taken = [
        described(image_set, recipe, bench.jobs, Photographing(_ASKED_SEED, number))
        for number in range(photographs)
    ]
    served: list[tuple[Served, Served]] = []
    bounds = []
    for model, held_out, targets in trained_on_folds(image_set, recipe, bench):
        shown = DescriptorSet.joined([each.subset(held_out) for each in taken])
        questions = Questions(
            asked_of(model, pictures.subset(held_out), targets),
            asked_of(model, shown, np.tile(targets, photographs)),
            asked_of(model, strangers, None),
        )
        recognized = questions.each(lambda each, model=model: recognized_by(model, each, bench))  # type: ignore[misc]
        served.append(
            (
                Served.of(questions, recognized.each(lambda each: each[0])),
                Served.of(questions, recognized.each(lambda each: each[1])),
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
    parser = image_set_parser(__doc__, "artworks")
    parser.add_argument(
        "--strangers", nargs="+", default=["museum"], help="folders of folders of other pictures"
    )
    parser.add_argument("--photographs", type=int, default=1, help="of each held-out picture")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recipe, started = load_recipe(arguments.recipe), time.perf_counter()
    known = pictures_of(arguments.data, arguments.jobs)
    strangers = DescriptorSet.joined(
        [described(pictures_of(each, arguments.jobs), recipe, arguments.jobs) for each in arguments.strangers]
    )
    with tempfile.TemporaryDirectory() as searches:
        bench = Workbench(arguments.seed, arguments.jobs, kept=Path(searches))
        figures = measured(known, strangers, recipe, bench, arguments.photographs)
    print(json.dumps({**figures, "seconds": time.perf_counter() - started}, indent=2))


if __name__ == "__main__":
    main()
