"""Errors of training."""

from __future__ import annotations

from pathlib import Path


class TrainingError(ValueError):
    """Root of the errors that training raises on purpose; the message is one sentence and names the cause."""


class ImageSetError(TrainingError):
    """A folder is not an image set that a model can be trained on."""

    def __init__(self, root: Path, problem: str) -> None:
        super().__init__(f"{root}: {problem}")
        self.root = root


class RecipeError(TrainingError):
    """A recipe is invalid."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"recipe {source}: {problem}")
        self.source = source
