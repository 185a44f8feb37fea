"""Models of a part of an image set, as `lienzo train` makes them of a folder with these pictures alone.

Photographs, distorted copies and drawn strangers are trained on as the recipe says; nothing is made of a
picture that is held out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.augmentation.copies import Copying
from training.classifiers import score
from training.descriptors.cache import default_cache
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.views import extract_views
from training.evaluation.answers import Asked
from training.gathering import gather_descriptors
from training.imagesets.folds import Split, separated_groups, stratified_folds
from training.imagesets.imageset import ImageSet, read_image_set
from training.model import TrainedModel
from training.recipe import Recipe
from training.search.workbench import Workbench
from training.trainer import learn
from training.verification.learning import verify

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Labels = NDArray[np.int64]


def pictures_of(name: str, jobs: int) -> ImageSet:
    """The image set in a folder below ../shared/data, or in any other."""
    return read_image_set(DATA / name if (DATA / name).is_dir() else Path(name), jobs)


def held_out_folds(image_set: ImageSet, seed: int) -> list[Split]:
    """Five folds, near duplicates on one side."""
    targets = image_set.targets
    return stratified_folds(targets, separated_groups(targets, image_set.groups), 5, seed)


def trained_on(
    image_set: ImageSet, pictures: NDArray[np.int64], recipe: Recipe, bench: Workbench
) -> TrainedModel:
    """Trains on some pictures of an image set."""
    part = image_set.subset(pictures)
    return learn(gather_descriptors(part, recipe, default_cache(), bench.seed, bench.jobs), recipe, bench)


def trained_on_folds(
    image_set: ImageSet, recipe: Recipe, bench: Workbench, count: int | None = None
) -> Iterator[tuple[TrainedModel, NDArray[np.int64], Labels]]:
    """Yields the model of each fold's training part, the pictures that are held out, and its labels of them.

    Args:
        image_set: All pictures.
        recipe: What is trained.
        bench: How to work; its seed is that of the folds.
        count: How many of the five folds; None: all.
    """
    for fold in held_out_folds(image_set, bench.seed)[:count]:
        model = trained_on(image_set, fold.train, recipe, bench)
        yield model, fold.test, targets_of(image_set, fold.test, model)


def described(
    image_set: ImageSet, recipe: Recipe, jobs: int, distortion: Copying | None = None
) -> DescriptorSet:
    """Descriptors to ask a recipe's models about, with keypoints where they verify."""
    extract = extract_views if recipe.verification.exemplars else extract_descriptors
    return extract(image_set, recipe.create_extractor(), default_cache(), jobs, distortion=distortion)


def probabilities_of(model: TrainedModel, descriptors: DescriptorSet) -> NDArray[np.float64]:
    return model.calibration.probabilities(score(model.estimator, model.encoder.encode(descriptors)))


def asked_of(model: TrainedModel, descriptors: DescriptorSet, targets: NDArray[np.int64] | None) -> Asked:
    """Pictures that a model has not seen, with what it makes of them."""
    folds = np.zeros(len(descriptors), np.int64)
    return Asked(descriptors, probabilities_of(model, descriptors), folds, targets)


def recognized_by(model: TrainedModel, asked: Asked, bench: Workbench) -> tuple[Labels, Labels]:
    """Labels by probability alone, and as the model is served: verified, where it verifies."""
    threshold, learnt = model.open_set.threshold, model.verification
    alone = asked.recognized_labels(threshold)
    if learnt is None:
        return alone, alone
    compared = verify(asked, [learnt.exemplars], threshold, bench)
    return alone, compared.recognized_labels(threshold, learnt.lowest_probability, learnt.least_points)


def targets_of(image_set: ImageSet, pictures: NDArray[np.int64], model: TrainedModel) -> NDArray[np.int64]:
    """Indices of pictures' labels among the model's own."""
    return np.array([model.labels.index(image_set.pictures[each].label) for each in pictures], np.int64)
