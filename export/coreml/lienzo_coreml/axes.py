"""Values of more than five axes, which Core ML lacks, under at most five.

A value of many axes is the same numbers in the same order under fewer: neighbouring axes that an operation
treats alike count as one. Attention over windows and shuffled pixels need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from lienzo_coreml.mil import mb
from lienzo_coreml.values import Value, is_static

MAX_RANK = 5


class Folded:
    """The values of many axes that a function has, each under at most five."""

    def __init__(self) -> None:
        self._held: dict[Any, Value] = {}

    def hold(self, var: Any, value: Value) -> None:
        """Notes a value with the numbers of a variable in the same order."""
        self._held[var] = value

    def view(self, var: Any, sizes: Sequence[Any]) -> Value:
        """Gives the numbers of a variable under other axes; one size may be open."""
        value = self._held.get(var, var)
        wanted = [size if is_static([size]) else -1 for size in sizes]
        if wanted.count(-1) > 1 or len(wanted) > MAX_RANK:
            raise ValueError(f"several open sizes, or no neighbours that are treated alike: {list(sizes)}")
        same = len(value.shape) == len(wanted) and is_static(value.shape) and list(value.shape) == wanted
        return value if same else mb.reshape(x=value, shape=wanted)


def around(sizes: Sequence[Any], axis: int) -> list[Any]:
    """Joins the axes before one and those after it."""
    return [product_of(sizes[:axis]), sizes[axis], product_of(sizes[axis + 1 :])]


def product_of(sizes: Sequence[Any]) -> Any:
    """Multiplies sizes, open ones too."""
    total: Any = 1
    for size in sizes:
        total = total * size
    return total


def joined(sizes: Sequence[Any], kinds: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Joins neighbouring axes of one kind; an axis of size one joins any.

    Returns:
        The sizes, and the kind of each.
    """
    real = [(size, kind) for size, kind in zip(sizes, kinds, strict=True) if size != 1]
    groups = [(kind, [size for size, _ in group]) for kind, group in groupby(real, key=lambda each: each[1])]
    return [product_of(group) for _, group in groups] or [1], [kind for kind, _ in groups] or [kinds[0]]
