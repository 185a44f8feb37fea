"""How much the classes of a picture count while a classifier is fitted."""

from __future__ import annotations

from typing import Literal, TypeAlias

ClassWeight: TypeAlias = Literal["none", "balanced"]
"""`balanced`: a picture weighs the more, the fewer its class has (pictures / (classes · its class's))."""


def to_scikit_learn(weight: ClassWeight) -> str | None:
    """Converts to the value of scikit-learn's `class_weight`."""
    return None if weight == "none" else weight
