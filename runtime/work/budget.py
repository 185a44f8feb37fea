"""A budget in bytes for the requests of a process: one large photograph counts as much as many small ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused


class Holding:
    """The bytes of one call or item, given back when its answer has gone."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.held_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Counts bytes of a caller who does not wait.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when the budget is used up.
        """
        self._budget.check(size_bytes)
        self.count(size_bytes)

    def count(self, size_bytes: int) -> None:
        """Counts bytes that are here already, and whose sender is held back by flow control."""
        self.held_bytes += size_bytes
        self._budget.change(size_bytes)


class Budget:
    """Counts the bytes of requests that are being received or answered; for one event loop.

    Attributes:
        limit_bytes: Above it, calls are refused.
        held_bytes: How many there are now.
    """

    def __init__(self, limit_bytes: int) -> None:
        """Sets the limit.

        Args:
            limit_bytes: A request that is larger than this is still taken when it is the only one.
        """
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    @contextmanager
    def holding(self, size_bytes: int = 0) -> Iterator[Holding]:
        """Counts what is added inside, and so many bytes from the start; gives them back at the end."""
        holding = Holding(self)
        holding.count(size_bytes)
        try:
            yield holding
        finally:
            self.change(-holding.held_bytes)

    async def room(self) -> None:
        """Waits until less than half of the budget is used: streams leave the rest to calls."""
        while not self._has_room.is_set():
            await self._has_room.wait()

    def check(self, size_bytes: int = 1) -> None:
        """Refuses bytes that do not fit.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED.
        """
        if self.held_bytes and self.held_bytes + size_bytes > self.limit_bytes:
            sentence = "Too much to do: requests of {limit} bytes are being answered. Try again later."
            raise refused(OVERLOADED, sentence, limit=self.limit_bytes)

    def change(self, size_bytes: int) -> None:
        """Adds bytes, or takes them away where the number is negative."""
        self.held_bytes += size_bytes
        if self.held_bytes < max(1, self.limit_bytes // 2):
            self._has_room.set()
        else:
            self._has_room.clear()
