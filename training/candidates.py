"""The candidates of a recipe, each scored on pictures that it was not trained on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.imagesets.folds import Split, held_out_split, parted, separated_groups, stratified_folds
from training.openset.heldout import scores_at_once, with_others
from training.recipe import Recipe
from training.search.attempt import Candidate
from training.search.comparison import Comparison
from training.search.halving import Round, Search, find_scores
from training.search.selection import ranked, stand
from training.search.workbench import Workbench

_PARTS: Final = 3
"""Into which held-out pictures are dealt: each part is calibrated on the others."""


def compare(labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench) -> Comparison:
    """Compares all candidates of a recipe's extractor by cross-validation.

    Args:
        labelled: The training data.
        recipe: What to try, and for how long.
        bench: Seed, processes, progress and cache.
    """
    folds = splits(labelled, recipe, bench.seed)
    candidates = _candidates(recipe)
    if recipe.search.time_budget_s and bench.deadline == math.inf:
        bench = replace(bench, deadline=bench.clock() + recipe.search.time_budget_s)
    results, search = find_scores(candidates, labelled, folds, recipe.search.halving, bench, recipe.search.by)
    standings = ranked([stand(*each, labelled.targets, folds) for each in results.items()], recipe.search.by)
    return Comparison(tuple(standings), results, search)


def compare_and_ask(
    labelled: LabelledDescriptors, recipe: Recipe, bench: Workbench
) -> tuple[Comparison, NDArray[np.float64] | None]:
    """Compares all candidates as `compare` does; a single one is asked the other questions at once.

    Args:
        labelled: The training data.
        recipe: What to try, and for how long.
        bench: Seed, processes, progress and cache.

    Returns:
        The comparison; and the single candidate's scores on photographs, outsiders and drawn strangers, see
        `training.openset.heldout.scores_at_once`. None where there is a choice, or a share is held out once.
    """
    only = only_candidate(recipe)
    if only is None or recipe.validation.split:
        return compare(labelled, recipe, bench), None
    folds = splits(labelled, recipe, bench.seed)
    result, answers = scores_at_once(only, labelled, folds, bench)
    standing = stand(only, result, labelled.targets, folds)
    search = Search(1, 0, (Round(len(labelled.targets), 1),))
    return Comparison((standing,), {only: result}, search), answers


def only_candidate(recipe: Recipe) -> Candidate | None:
    """Returns the candidate of a recipe that leaves no choice; None where there are several."""
    candidates = _candidates(recipe)
    return candidates[0] if len(candidates) == 1 else None


def splits(labelled: LabelledDescriptors, recipe: Recipe, seed: int) -> list[Split]:
    """Makes the splits that candidates are compared on: one for each fold, or one that holds a share out."""
    groups, validation = separated_groups(labelled.targets, labelled.groups), recipe.validation
    if validation.split:
        whole = held_out_split(labelled.targets, groups, validation.split, seed)
        return [replace(whole, others=parts(labelled, whole)[0].others)]
    return with_others(stratified_folds(labelled.targets, groups, validation.folds, seed), labelled.strangers)


def parts(labelled: LabelledDescriptors, split: Split) -> list[Split]:
    """Deals held-out pictures to parts, so that no calibration is fitted on what it is measured on."""
    groups = separated_groups(labelled.targets, labelled.groups)
    return with_others(parted(split, labelled.targets, groups, _PARTS), labelled.strangers)


def _candidates(recipe: Recipe) -> list[Candidate]:
    return [Candidate(each, other) for each in recipe.fitting_encoders for other in recipe.classifiers]
