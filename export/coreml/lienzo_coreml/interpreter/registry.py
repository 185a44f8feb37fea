"""The operations of an ML Program that the interpreter supports: one numpy function each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Evaluation: TypeAlias = Callable[..., Any]

EVALUATIONS: dict[str, Evaluation] = {}


def evaluates(*names: str) -> Callable[[Evaluation], Evaluation]:
    """Registers a function that evaluates the named operations.

    Its parameters are named as the operation's inputs; it returns an array, or a tuple of several.
    """

    def register(function: Evaluation) -> Evaluation:
        for name in names:
            EVALUATIONS[name] = function
        return function

    return register
