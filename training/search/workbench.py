"""The conditions of long work: seed, processes, progress, cache and deadline."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from joblib import Parallel
from numpy.typing import NDArray

from training.networks.halt import Halt
from training.networks.run import TrainingRun, ignore_line
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
        deadline: Time of the clock at which everything is to be done.
        overhead_s: Seconds that will pass after the search, beside scoring the chosen candidate once more.
        slowness: How many seconds a second of work takes, because others use the machine, too.
        clock: Tells the time, in seconds.
        size_of: Measures the size of candidates' graphs; None measures nothing. It is sent to other
            processes, so it must be a function of a module.
        with_networks: Whether networks are among the candidates. They are trained in threads of this process:
            they let go of the interpreter's lock, share a graphics card, and tell of every epoch.
        tell: Called with a line after every epoch of a network.
        checkpoints: Folder of networks in training that the user named; None takes one in the cache.
        halt: Ends networks in other threads when the work is interrupted.
    """

    seed: int = 0
    jobs: int = 1
    progress: Progress = silent
    kept: Path | None = None
    deadline: float = math.inf
    overhead_s: float = 0.0
    slowness: float = 1.0
    clock: Callable[[], float] = time.monotonic
    size_of: Sizing | None = None
    with_networks: bool = False
    tell: Callable[[str], None] = ignore_line
    checkpoints: Path | None = None
    halt: Halt = field(default_factory=Halt)

    def is_too_late(self, ahead_s: float) -> bool:
        """Whether a search that goes on for some more seconds would end too late for what follows it."""
        return self.clock() + ahead_s + self.overhead_s >= self.deadline

    @property
    def encoders(self) -> Path | None:
        """Folder of fitted encoders; None keeps none."""
        return self.kept / "encoders" if self.kept else None

    @property
    def prefer(self) -> Literal["threads"] | None:
        """What joblib is to work with: threads, or by default processes."""
        return "threads" if self.with_networks else None

    def parallel(self) -> Parallel:
        """Returns what does delayed calls, as many at a time as there are jobs, and yields what they return.

        Processes, because boosting and trees hold the interpreter's lock, and always the same ones: joblib
        replaces them where any argument is another, and each takes seconds to import what it learns with.
        Large arrays go through our own files, since joblib's are removed between calls.
        """
        return Parallel(n_jobs=self.jobs, return_as="generator", max_nbytes=None, prefer=self.prefer)

    def run(self, title: str, groups: NDArray[np.int64]) -> TrainingRun | None:
        """Describes how to train one network: groups, checkpoints, progress; None in a search without any.

        Args:
            title: Which network it is.
            groups: Group of every picture that it learns from.
        """
        if not self.with_networks:
            return None
        folder = self.checkpoints or (self.kept / "networks" if self.kept else None)
        is_cache = self.checkpoints is None
        return TrainingRun(title, groups, folder, self.progress, self.tell, self.halt, is_cache)
