"""How good convolutional networks are, and what they cost: trained on four fifths of a folder.

    python -m benchmarks.networks cifar10 --recipe cnn --recipe cnn-small
    python -m benchmarks.networks cifar10 --recipe cnn-large        # where there is a graphics card

Near duplicates stay on one side. Each network is trained on one core or the graphics card, as `lienzo train`
does; seconds of the processor do not depend on what else the machine does. `--checkpoints DIR` continues a
run that was stopped.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.command_line import image_set_parser
from benchmarks.trained import pictures_of
from export.classifier.head import build_head
from training.classifiers.learning import learn_classifier
from training.descriptors.cache import default_cache
from training.descriptors.extraction import extract_descriptors
from training.evaluation.metrics import share_interval
from training.graphs.session import GraphSession
from training.imagesets.folds import stratified_folds
from training.imagesets.imageset import ImageSet
from training.networks.run import TrainingRun
from training.recipe import load_recipe

_FOLDS = 5
_COMPARED = 200


def measured(image_set: ImageSet, name: str, seed: int, jobs: int, run: TrainingRun) -> dict[str, Any]:
    recipe = load_recipe(name)
    descriptors = extract_descriptors(image_set, recipe.create_extractor(), default_cache(), jobs)
    pixels, targets = np.asarray(descriptors.values, np.float32), image_set.targets
    split = stratified_folds(targets, image_set.groups, _FOLDS, seed)[0]
    begun, processor = time.perf_counter(), time.process_time()
    run = TrainingRun(name, image_set.groups[split.train], run.checkpoints, tell=run.tell)
    network = learn_classifier(recipe.networks[0], pixels[split.train], targets[split.train], seed, run=run)
    seconds, processor = time.perf_counter() - begun, time.process_time() - processor
    scores = network.decision_function(pixels[split.test])
    right = network.classes_[scores.argmax(axis=1)] == targets[split.test]
    session = GraphSession(build_head(network, pixels.shape[1]))
    asked = split.test[:_COMPARED]
    computed = np.concatenate([session.run(pixels[each : each + 1]) for each in asked])
    return {
        "recipe": name,
        "network": network.design.title,
        "weights": network.weight_count,
        "learnt_from": len(split.train),
        "asked": len(split.test),
        "accuracy": float(right.mean()),
        "interval": share_interval(float(right.mean()), len(right)),
        "epochs": len(network.losses_),
        "processor_seconds": processor,
        "seconds": seconds,
        "largest_difference_to_onnxruntime": float(
            np.abs(_softmax(computed) - _softmax(scores[: len(asked)])).max()
        ),
    }


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def main() -> None:
    parser = image_set_parser(__doc__, several=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoints", type=Path)
    arguments = parser.parse_args()
    image_set = pictures_of(arguments.data, arguments.jobs)
    errors = Console(stderr=True)
    run = TrainingRun(checkpoints=arguments.checkpoints, tell=errors.print)
    for name in arguments.recipe or ["cnn", "cnn-small"]:
        print(json.dumps(measured(image_set, name, arguments.seed, arguments.jobs, run)), flush=True)


if __name__ == "__main__":
    main()
