"""Everything that a model of a recipe is trained on and asked about, from an image set."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from training.augmentation.photographing import pictures_to_photograph
from training.descriptors.extraction import DescriptorSet, extract_descriptors
from training.descriptors.labelled import LabelledDescriptors, Photographs
from training.descriptors.turning import turned_pictures, turned_set
from training.descriptors.views import extract_views
from training.errors import TrainingError
from training.imagesets.imageset import ImageSet
from training.openset.strangers import stranger_descriptors
from training.progress import Progress, silent
from training.recipe import Recipe

_SAMPLE: Final = 3
"""Pictures of each job by which the time of all is estimated."""


def gather_descriptors(
    image_set: ImageSet,
    recipe: Recipe,
    cache: Path,
    seed: int,
    jobs: int,
    progress: Progress = silent,
    outsiders: ImageSet | None = None,
) -> LabelledDescriptors:
    """Extracts descriptors of pictures, copies, photographs and strangers.

    Args:
        image_set: Labelled pictures.
        recipe: Names the extractor, and how many copies are trained on.
        cache: Folder where descriptors are kept.
        seed: Seed of everything random.
        jobs: How many pictures are worked on at a time.
        progress: Told about every stage.
        outsiders: Strangers that the user gives; None where there are none.

    Raises:
        TrainingError: When no picture has any descriptor.
    """
    extractor, extract = recipe.create_extractor(), _extraction(recipe)
    descriptors = extract_pictures(image_set, recipe, cache, jobs, progress)
    if not len(descriptors.values):
        raise TrainingError(f"{extractor.name} finds no keypoints in any picture of {image_set.root}")
    augmentation, photographs, taken = recipe.augmentation, None, None
    tested = augmentation.tested_with(seed)
    if tested is not None:
        take = partial(
            extract, extractor=extractor, cache=cache, jobs=jobs, progress=progress, distortion=tested
        )
        photographs, taken = _photographs(image_set, recipe, tested.title, take)
    copies = tuple(
        taken.without_geometry()
        if taken is not None and each == tested
        else extract_descriptors(image_set, extractor, cache, jobs, progress, each)
        for each in augmentation.distortions(seed)
    )
    photographed = copies[augmentation.copies :][: augmentation.photographs]
    if augmentation.mirrored:
        copies += (turned_set(descriptors, "mirrored"),)
    drawn = stranger_descriptors(
        image_set, extractor, cache, seed, jobs, photographed=augmentation.photographs > 1
    )
    return LabelledDescriptors(
        descriptors,
        image_set.targets,
        image_set.groups,
        image_set.labels,
        copies,
        drawn,
        photographs,
        extract(outsiders, extractor, cache, jobs, progress) if outsiders else None,
        outsiders.groups if outsiders else None,
        turned_pictures(descriptors, photographed) if augmentation.turned else None,
        augmentation.rare,
    )


def _photographs(
    image_set: ImageSet, recipe: Recipe, title: str, take: Callable[[ImageSet], DescriptorSet]
) -> tuple[Photographs, DescriptorSet]:
    """Takes the photographs that models are asked about, and returns all that were taken beside them."""
    chosen = pictures_to_photograph(len(image_set.pictures))
    # Where photographs are trained on, every picture has one; those of the chosen ones are tested, too.
    learnt = recipe.augmentation.photographs > 0 and recipe.augmentation.tested == "photographs"
    every = np.arange(len(image_set.pictures)) if learnt else chosen
    taken = take(replace(image_set, pictures=tuple(image_set.pictures[each] for each in every)))
    asked = taken if len(every) == len(chosen) else taken.subset(chosen)
    return Photographs(chosen, asked, title), taken


def extract_pictures(
    image_set: ImageSet, recipe: Recipe, cache: Path, jobs: int, progress: Progress = silent
) -> DescriptorSet:
    """Extracts the descriptors of the pictures as they are, or reads them from the cache."""
    return _extraction(recipe)(image_set, recipe.create_extractor(), cache, jobs, progress)


def extract_sample(image_set: ImageSet, recipe: Recipe, jobs: int, seed: int) -> int:
    """Extracts the descriptors of one further version of a few pictures, to see how long that takes.

    Returns:
        Of how many pictures; 0 where the recipe has no further versions of them.
    """
    versions = [*recipe.augmentation.distortions(seed), recipe.augmentation.tested_with(seed)]
    if versions[0] is None:
        return 0
    count = min(len(image_set.pictures), _SAMPLE * jobs)
    chosen = np.linspace(0, len(image_set.pictures) - 1, count).astype(int)
    shown = replace(image_set, pictures=tuple(image_set.pictures[each] for each in chosen))
    with tempfile.TemporaryDirectory(prefix="lienzo-") as nowhere:
        extract_descriptors(shown, recipe.create_extractor(), Path(nowhere), jobs, silent, versions[0])
    return count


def _extraction(recipe: Recipe) -> Callable[..., DescriptorSet]:
    return extract_views if recipe.verification.exemplars else extract_descriptors
