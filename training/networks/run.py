"""What the training of a network has beside its pictures: whom it tells, and where it keeps checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.networks.halt import Halt
from training.progress import Progress, silent


def ignore_line(line: str) -> None:
    """Ignores a line."""


@dataclass(frozen=True)
class TrainingRun:
    """The circumstances of one network's training.

    Attributes:
        title: Which network it is, such as `fold 1`.
        groups: Group of every row, int64; near duplicates share one. None: all rows differ.
        checkpoints: Folder where it is kept from epoch to epoch; None keeps nothing.
        progress: Called after every epoch.
        tell: Called with a line after every epoch.
        halt: Ends it between two steps.
        is_cache: Whether that folder is the cache, without which training goes on.
    """

    title: str = "network"
    groups: NDArray[np.int64] | None = None
    checkpoints: Path | None = None
    progress: Progress = silent
    tell: Callable[[str], None] = ignore_line
    halt: Halt = field(default_factory=Halt)
    is_cache: bool = False
