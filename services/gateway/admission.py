"""Bounds what the gateway holds at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from runtime.status import StatusError


class InFlight:
    """Counts calls of one event loop; past the bound the answer is no, at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Holds a place.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when there is none.
        """
        if self._count >= self._limit:
            raise StatusError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "OVERLOADED",
                f"Too much to do: {self._limit} calls are in flight. Try again later.",
                {"limit": str(self._limit)},
            )
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
