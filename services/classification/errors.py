"""Errors of features that cannot be classified."""

from __future__ import annotations


class FeaturesMismatch(ValueError):
    """The features are invalid, or of another extractor than the model's."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"These features are not for this model: {problem}.")
        self.details = {"problem": problem}
