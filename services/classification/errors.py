"""What can be wrong with features that are to be classified."""

from __future__ import annotations


class FeaturesMismatch(ValueError):
    """The features were made by another extractor than the model's, or are none."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"These features are not for this model: {problem}.")
        self.details = {"problem": problem}
