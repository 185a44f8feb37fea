"""Sections of a recipe: how candidates are compared and searched, answers refused and verified."""

from __future__ import annotations

from typing import Final

from pydantic import Field, field_validator, model_validator

from training.evaluation.choice import Criterion
from training.strict import Strict
from vision.matching import SURE_POINTS

MIN_POINTS: Final = 4
"""Fewer do not determine a homography."""
MAX_POINTS: Final = 20


class Validation(Strict):
    """How candidates are compared.

    Attributes:
        folds: Parts into which the pictures are split; each is held out once.
        split: Share of the pictures that is held out in place of folds, 0 to 0.5; 0 for folds.
        class_rounds: Rounds in which whole classes are left out, to serve as strangers.
    """

    folds: int = Field(default=5, ge=2, le=20)
    split: float = Field(default=0.0, ge=0, le=0.5)
    class_rounds: int = Field(default=5, ge=2, le=50)

    @property
    def parts(self) -> int:
        """Pictures that a class needs, so that all splits train on it and ask about it."""
        return 2 if self.split else self.folds

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Validation:
        if self.split and self.folds != type(self).model_fields["folds"].default:
            raise ValueError("has both folds and split")
        return self


class Rejection(Strict):
    """When an answer is *not recognised*.

    Attributes:
        false_accept_rate: Allowed share of strangers that are taken for a label, 0 to 1.
        min_kept: Share of known pictures that must be answered rightly; where the rate would leave fewer,
            it is exceeded, and training warns.
    """

    false_accept_rate: float = Field(default=0.01, ge=0, lt=1)
    min_kept: float = Field(default=0.5, ge=0, lt=1)


class SearchSettings(Strict):
    """How the search goes through the candidates.

    Attributes:
        halving: 0 compares all candidates on all pictures; 2 or more is the factor of successive halving:
            each round keeps the best 1/factor of the candidates, for factor times as many pictures.
        time_budget_s: Seconds for the whole training: no candidate is started that would end too late; 0 sets
            no limit.
        by: What the best candidate has the best of: accuracy; the mean of the labels' F1, in which a rare
            label counts as much as a common one; or log loss, which asks for good probabilities.
    """

    halving: int = Field(default=0, ge=0, le=10)
    time_budget_s: float = Field(default=0, ge=0)
    by: Criterion = "accuracy"

    @field_validator("halving")
    @classmethod
    def _is_off_or_a_factor(cls, value: int) -> int:
        if value == 1:
            raise ValueError("is 0 (off) or the factor of each round, 2 to 10")
        return value


class VerificationSettings(Strict):
    """How undecided answers are verified by points that agree with pictures of the best label.

    Attributes:
        exemplars: Most pictures kept of each label; 0 verifies nothing.
        keypoints: Most keypoints kept of each.
        least_points: So many must agree at least; training raises it where strangers come near.
    """

    exemplars: int = Field(default=0, ge=0, le=8)
    keypoints: int = Field(default=250, ge=20, le=2000)
    least_points: int = Field(default=SURE_POINTS, ge=MIN_POINTS, le=MAX_POINTS)
