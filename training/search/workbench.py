"""How work is done, whatever it is: seed, processes, progress, what is kept, and until when."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from training.progress import Progress, silent

Sizing: TypeAlias = Callable[[bytes, Any, int], int]
"""Bytes of the graph that an encoder's graph and a fitted classifier with so many labels would become."""


@dataclass(frozen=True)
class Workbench:
    """What long work is given besides its subject.

    Attributes:
        seed: Seed of everything that is random.
        jobs: Processes.
        progress: Told how far the work is.
        kept: Folder of finished work: what is found there is not done again, what is finished is put there.
        deadline: Time of `time.monotonic` from which on nothing new is started.
        size_of: Measures what candidates would take on disk; None measures nothing. It is sent to other
            processes, so it is a function of a module.
    """

    seed: int = 0
    jobs: int = 1
    progress: Progress = silent
    kept: Path | None = None
    deadline: float = math.inf
    size_of: Sizing | None = None

    @property
    def is_late(self) -> bool:
        """Whether nothing new is to be started."""
        return time.monotonic() >= self.deadline
