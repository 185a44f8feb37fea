"""What a training leaves out so that it ends within its time budget.

The first candidate and the last stages cannot be left out, so that there is always a model: their time is set
aside. Further versions of the pictures are taken, and answers verified, only where time is left for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from training.augmentation.copies import AugmentationSettings
from training.augmentation.photographing import pictures_to_photograph
from training.recipe import Recipe
from training.search.workbench import Workbench

_EXPORT_S: Final = 8.5
_EXPORT_OF_PICTURE_S: Final = 0.02
"""Seconds of start, graph, parity checks and report, and of every picture in them, measured on one core."""
_VERIFICATION_OF_PICTURE_S: Final = 0.06
"""Seconds of a picture in choosing exemplars and the points that must agree, likewise; shared by the jobs."""
_CANDIDATE_OF_PICTURE_S: Final = 0.045
"""Seconds of a picture in the first candidate, asked about held-out pictures and strangers, likewise."""
_STRANGERS_S: Final = 6.0
"""Seconds of drawing and extracting the eighty strangers, likewise."""
_MEASURABLE_S: Final = 1.0

COPIES: Final = "{} of {} distorted copies of each picture"
DETAILS: Final = "{} of {} details of each picture"
PHOTOGRAPHS: Final = "photographs of the pictures to learn from"
TESTED: Final = "the test with photographs of held-out pictures"
VERIFICATION: Final = "the verification of doubtful answers"


def export_s(pictures: int, bench: Workbench) -> float:
    """Returns the seconds that everything after the training is expected to take."""
    return bench.slowness * (_EXPORT_S + _EXPORT_OF_PICTURE_S * pictures)


def verification_s(pictures: int, bench: Workbench) -> float:
    """Returns the seconds that learning to verify answers is expected to take."""
    return bench.slowness * _VERIFICATION_OF_PICTURE_S * pictures / bench.jobs


def economical(
    recipe: Recipe,
    pictures: int,
    bench: Workbench,
    extract: Callable[[], object],
    sample: Callable[[], int],
    worked: Callable[[], float] = time.process_time,
) -> tuple[Recipe, Workbench, tuple[str, ...]]:
    """Extracts the pictures as they are, and leaves out further versions for which there will be no time.

    Args:
        recipe: What to train.
        pictures: How many there are.
        bench: How to work; its clock measures the extraction.
        extract: Extracts the features of all pictures, and keeps them in the cache.
        sample: Extracts further versions of a few pictures, and returns of how many; 0 where there are none.
        worked: Tells the seconds that the processors have worked for this program.

    Returns:
        The recipe without what is left out; the bench, which knows how slow the machine is now; and what is
        left out, in words.
    """
    if bench.deadline == math.inf:
        return recipe, bench, ()
    begun, begun_working = bench.clock(), worked()
    extract()
    took, work = bench.clock() - begun, worked() - begun_working
    # Where others use the machine, a second of work takes longer than a second.
    slowness = max(1.0, took * bench.jobs / work) if work > _MEASURABLE_S else 1.0
    bench = replace(bench, slowness=slowness)
    begun, sampled = bench.clock(), sample()
    if not sampled:
        return recipe, bench, ()
    of_all = (bench.clock() - begun) * pictures / sampled
    needed = slowness * (_STRANGERS_S + _CANDIDATE_OF_PICTURE_S * pictures) / bench.jobs
    left = bench.deadline - bench.clock() - export_s(pictures, bench) - needed
    passes = left / of_all if of_all > 0 else math.inf
    chosen = affordable(recipe.augmentation, passes, len(pictures_to_photograph(pictures)) / pictures)
    return recipe.augmented(chosen), bench, left_out(recipe.augmentation, chosen)


def affordable(settings: AugmentationSettings, passes: float, tested: float) -> AugmentationSettings:
    """Leaves out details, then copies, then photographs to learn from, then those to be tested with.

    Args:
        settings: Of the recipe.
        passes: How many further versions of all pictures there is time for; below 0 where there is none.
        tested: Share of the pictures that are tested with a photograph.
    """
    left = math.floor(max(0.0, passes))
    photographs = min(settings.photographs, left)
    copies = min(settings.copies, left - photographs)
    details = min(settings.details, left - photographs - copies)
    changed: dict[str, int | str] = {"copies": copies, "photographs": photographs, "details": details}
    if not photographs and copies + tested > passes:
        changed |= {"tested": "nothing"}
    return settings.model_copy(update=changed)


def left_out(wanted: AugmentationSettings, chosen: AugmentationSettings) -> tuple[str, ...]:
    """Says what the second settings lack of the first."""
    copies, details = wanted.copies - chosen.copies, wanted.details - chosen.details
    return (
        *((DETAILS.format(details, wanted.details),) if details else ()),
        *((COPIES.format(copies, wanted.copies),) if copies else ()),
        *((PHOTOGRAPHS,) if chosen.photographs < wanted.photographs else ()),
        *((TESTED,) if chosen.tested != wanted.tested else ()),
    )
