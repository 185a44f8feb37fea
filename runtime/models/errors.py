"""Errors for models that cannot be served."""

from __future__ import annotations


class ModelNotNamed(ValueError):
    """Several models are served and the request names none."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Which model? There are: {', '.join(names)}.")
        self.details = {"known": ", ".join(names)}


class BrokenBundle(ValueError):
    """A version is in the repository but cannot be used."""

    def __init__(self, name: str, version: int, problem: str) -> None:
        super().__init__(f"Model {name} version {version} cannot be used: {problem}.")
        self.details = {"model": name, "version": str(version), "problem": problem}
