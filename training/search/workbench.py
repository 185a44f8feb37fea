"""The conditions of long work: seed, processes, progress, cache and deadline."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from training.progress import Progress, silent

Sizing: TypeAlias = Callable[[bytes, Any, int], int]
"""Measures the bytes of the graph made of an encoder's graph and a fitted classifier of so many labels."""


@dataclass(frozen=True)
class Workbench:
    """The conditions under which a search works.

    Attributes:
        seed: Seed of every random number.
        jobs: Number of processes.
        progress: Called with the steps done.
        kept: Cache folder for finished work; None caches nothing.
        deadline: Value of `time.monotonic` at which everything is to be done.
        overhead_s: Seconds that will pass after the search, beside scoring the chosen candidate once more.
        size_of: Measures the size of candidates' graphs; None measures nothing. It is sent to other
            processes, so it must be a function of a module.
    """

    seed: int = 0
    jobs: int = 1
    progress: Progress = silent
    kept: Path | None = None
    deadline: float = math.inf
    overhead_s: float = 0.0
    size_of: Sizing | None = None

    def is_too_late(self, ahead_s: float) -> bool:
        """Whether a search that goes on for some more seconds would end too late for what follows it."""
        return time.monotonic() + ahead_s + self.overhead_s >= self.deadline

    @property
    def encoders(self) -> Path | None:
        """Folder of fitted encoders; None keeps none."""
        return self.kept / "encoders" if self.kept else None
