"""The rejection threshold, and how it separates known pictures from strangers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.evaluation.answers import Asked, Questions
from training.evaluation.metrics import share_interval
from training.openset.rates import MANY_KINDS, threshold_at, threshold_that_keeps, weights_of_groups
from training.recipe import Recipe
from vision.answers import reaches

_STRICTER: Final = 2
"""Where answers are verified, so many times fewer strangers may pass by their probability alone."""
_TOO_LIKELY: Final = (
    "a higher threshold would answer too few of the known pictures. More pictures of each class help."
)
_AGREEING: Final = (
    "points of them agree with an exemplar. Is one thing under two labels, or among your strangers?"
)


@dataclass(frozen=True)
class Strangers:
    """Scores of strangers: pictures of no class that their model was trained on.

    Attributes:
        scores: float64, shape (N, labels); left-out classes first, then outsiders.
        folds: For each, the fold whose calibration must not be fitted on it, int64, shape (N,).
        drawn: Number of drawn ones, which come last: see `training.openset.strangers`.
        outsiders: Number of those that the user gave.
        copies: Scores of copies and photographs of the left-out classes' pictures, all first ones before all
            second ones, float64, (M, labels).
    """

    scores: NDArray[np.float64]
    folds: NDArray[np.int64]
    drawn: int = 0
    outsiders: int = 0
    copies: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True)
class OpenSet:
    """How the threshold separates known pictures from strangers.

    Attributes:
        threshold: The rejection threshold.
        known: Highest probability of every picture when it was held out, float64.
        strangers: Highest probability of every stranger: left-out classes, outsiders, drawn ones; may be
            empty.
        drawn: Number of drawn strangers, which come last.
        kept: Share of known pictures that are answered rightly, verified where answers are, 0 to 1.
        refused: Share of strangers that are refused, 0 to 1.
        stated: Allowed false-accept rate of the recipe, 0 to 1.
        wanted: Share of known pictures that the recipe wants answered rightly, 0 to 1.
        outsiders: Number of strangers that the user gave.
        groups: Group of every stranger, int64; near duplicates share one. None where each stands alone.
        verified: Which strangers are recognised by points that agree, bool; None where nothing is verified.
    """

    threshold: float
    known: NDArray[np.float64]
    strangers: NDArray[np.float64]
    drawn: int
    kept: float
    refused: float
    stated: float
    wanted: float
    outsiders: int = 0
    groups: NDArray[np.int64] | None = None
    verified: NDArray[np.bool_] | None = None

    @property
    def left_out(self) -> int:
        """Number of strangers that are pictures of left-out classes."""
        return len(self.strangers) - self.drawn - self.outsiders

    @property
    def taken(self) -> float:
        """Share of the strangers that the threshold rests on which are taken for something known, 0 to 1.

        Near duplicates count as one. Drawn ones count only where there are no others: each is asked of a
        model that has not learnt from its kind, as the model that is kept has.
        """
        taken = reaches(self.strangers, self.threshold)
        return self._share(taken if self.verified is None else taken | self.verified)

    def _share(self, chosen: NDArray[np.bool_]) -> float:
        """Returns the share of some strangers among those that the threshold rests on."""
        rested_on = chosen[: len(chosen) - self.drawn or None]
        weights = weights_of_groups(_groups(self.groups, len(rested_on)))
        return float(np.average(rested_on, weights=weights)) if len(rested_on) else 0.0

    @property
    def _rests_on(self) -> str:
        """The strangers that the threshold rests on, in words; drawn ones are easier to refuse."""
        kinds = [
            *(["pictures of left-out classes"] if self.left_out else []),
            *(["your own strangers"] if self.outsiders else []),
        ]
        return " and ".join(kinds) or "drawn strangers"

    @property
    def holds(self) -> bool:
        """Whether the measured false-accept rate is within the recipe's."""
        return self.taken <= self.stated

    @property
    def doubts(self) -> tuple[str, ...]:
        """Warnings about a threshold that misses what the recipe wants: whole sentences."""
        found = []
        real = len(self.strangers) - self.drawn
        different = len(np.unique(_groups(self.groups, real)))
        if 0 < different * self.stated < 1:
            _, most = share_interval(self.taken, different)
            copies = ", near duplicates counted once," if different < real else ""
            found.append(
                f"{different} strangers{copies} are too few to state that {self.stated:.1%} are taken for "
                f"something known: it takes {round(1 / self.stated)}. Of {self._rests_on} up to {most:.0%} "
                "may be. Bring more with --strangers."
            )
        elif self.drawn == len(self.strangers) > 0 and self.stated:
            found.append(
                "No class could be left out, so that only drawn strangers were asked, which are easier to "
                "refuse: how many others are taken for something known cannot be stated. Bring some with "
                "--strangers."
            )
        if not self.holds:
            likely = self._share(reaches(self.strangers, self.threshold)) > self.stated
            why = _TOO_LIKELY if likely else _AGREEING
            found.append(
                f"{self.taken:.1%} of {self._rests_on} are taken for something known, more than the stated "
                f"{self.stated:.1%}: {why}"
            )
        if self.kept < self.wanted:
            found.append(
                f"Only {self.kept:.0%} of the known pictures are answered, and rightly. More pictures of "
                "each class help, or another recipe."
            )
        return tuple(each.replace("%", " %") for each in found)


def measure_open_set(
    questions: Questions[Asked],
    strangers: Strangers,
    recipe: Recipe,
    copies: NDArray[np.float64],
    *,
    verified: bool = False,
) -> OpenSet:
    """Finds the threshold for a recipe, and measures what it keeps and refuses by probability alone.

    The threshold rests on the pictures of left-out classes and on outsiders, near duplicates together as one
    of them: drawings are told from photographs too easily. Copies and photographs that are learnt from are
    asked about with their picture, where it is left out: frames and walls make a stranger more alike, and a
    few pictures alone leave the threshold to chance.

    Where answers are verified, probability alone is enough only above what hardly any stranger reaches; no
    share of known pictures lowers that, since right answers below are verified.

    Of few left-out classes and outsiders none may be like the strangers that will come. The threshold is then
    further above them, and drawn strangers must be refused, too.

    Args:
        questions: What the models of the folds made of pictures, photographs and strangers.
        strangers: How many of the strangers are drawn, and how many the user gave.
        recipe: Its allowed false-accept rate, and the share to keep.
        copies: Highest probability of each of the strangers' `copies`.
        verified: Whether answers below the threshold are verified.
    """
    rejection, asked = recipe.rejection, [each for each in questions.all if each.targets is not None]
    known = np.concatenate([each.scores for each in asked])
    right = np.concatenate([each.best == each.targets for each in asked])
    unknown = questions.strangers.scores
    drawn, outsiders = strangers.drawn, strangers.outsiders
    real = len(unknown) - drawn
    if not len(unknown):
        threshold = float(np.quantile(questions.pictures.scores, rejection.false_accept_rate))
    else:
        rate = rejection.false_accept_rate / (_STRICTER if verified else 1)
        labels = questions.strangers.probabilities.shape[1]
        groups, left_out = _groups(questions.strangers.groups, real), real - outsiders
        kinds = len(np.unique(groups[left_out:])) + (labels if left_out else 0)
        asked_again = copies if kinds < MANY_KINDS or not verified else np.zeros(0)
        threshold = 0.0
        if real:
            rested_on = np.concatenate([unknown[:real], asked_again])
            weights = _weights(groups, left_out, len(asked_again))
            threshold = threshold_at(rate, rested_on, weights, kinds)
        if drawn and kinds < MANY_KINDS:
            threshold = max(threshold, threshold_at(rate, unknown[real:], kinds=kinds))
        if not verified:
            threshold = min(threshold, threshold_that_keeps(rejection.min_kept, known, right))
    pictures = questions.pictures
    kept = float((pictures.recognized(threshold) & (pictures.best == pictures.targets)).mean())
    refused = float((~questions.strangers.recognized(threshold)).mean()) if len(unknown) else 0.0
    stated = rejection.false_accept_rate, rejection.min_kept
    together = questions.strangers.groups
    return OpenSet(threshold, pictures.scores, unknown, drawn, kept, refused, *stated, outsiders, together)


def _weights(groups: NDArray[np.int64], left_out: int, copies: int) -> NDArray[np.float64]:
    """Weighs left-out pictures, outsiders, and copies of the former, which count once with their picture."""
    versions, alike = 1 + copies // max(1, left_out), weights_of_groups(groups)
    of_left_out = alike[:left_out] / versions
    return np.concatenate([of_left_out, alike[left_out:], np.tile(of_left_out, versions - 1)])


def _groups(groups: NDArray[np.int64] | None, count: int) -> NDArray[np.int64]:
    """Returns the groups of the first strangers, each in its own where nothing is known of them."""
    return np.arange(count) if groups is None else groups[:count]
