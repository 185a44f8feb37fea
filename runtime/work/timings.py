"""Measures the stages of an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from lienzo.image.v1 import image_pb2


class Stopwatch:
    """Collects the wall time of stages, in the order they began."""

    def __init__(self) -> None:
        self.timings: list[image_pb2.StageTiming] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what happens inside, in milliseconds."""
        start = time.perf_counter()
        yield
        self.timings.append(
            image_pb2.StageTiming(stage=name, duration_ms=(time.perf_counter() - start) * 1e3)
        )
