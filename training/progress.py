"""Progress of long work, by a callback: training itself prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of a stage, the number of steps done, and the number of all its steps."""


def silent(stage: str, done: int, total: int) -> None:
    """Ignores progress."""
