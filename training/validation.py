"""How a recipe compares candidates: on folds, or on one share that is held out."""

from __future__ import annotations

from pydantic import Field, model_validator

from training.strict import Strict


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
        """So many pictures does a class need, to be learnt from and asked about everywhere."""
        return 2 if self.split else self.folds

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Validation:
        if self.split and self.folds != type(self).model_fields["folds"].default:
            raise ValueError("has both folds and split")
        return self
