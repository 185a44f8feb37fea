"""What can be wrong with what training is given."""

from __future__ import annotations

from pathlib import Path


class TrainingError(ValueError):
    """Root of everything that training raises on purpose: one sentence that names the thing."""


class ImageSetError(TrainingError):
    """A folder is no image set that a model could be trained on."""

    def __init__(self, root: Path, problem: str) -> None:
        super().__init__(f"{root}: {problem}")
        self.root = root


class RecipeError(TrainingError):
    """A recipe says something that cannot be done."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"recipe {source}: {problem}")
        self.source = source
