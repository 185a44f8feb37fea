"""Receives requests within limits in bytes and seconds, whatever door they come in by."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Final, TypeVar

from runtime.configuration.settings import ServerSettings
from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused
from runtime.reasons.requests import SLOW_UPLOAD
from runtime.work.budget import Budget
from runtime.work.memory import allocated_bytes

_log = logging.getLogger(__name__)

MessageT = TypeVar("MessageT")

PAUSE_SECONDS: Final = 0.1
"""Between two looks at the memory, while something is being received."""

LEAST_BYTES: Final = 64 * 2**20
"""What a process may allocate beyond what it knows of: windows of connections, and what it loads later."""

COPIES: Final = 4
"""How often the bytes of a request lie in memory at most: received, parsed, sent on, and on the wire."""


class Intake:
    """Bounds what is being received.

    gRPC does not tell how much of a message has arrived, only that it has. So there are two bounds: messages
    that have arrived count in the budget, and those that have not are ended, the oldest first, when the
    process has allocated more than the budget beyond what it knows of.

    Attributes:
        budget: Counts the bytes of the requests that have arrived.
    """

    def __init__(
        self,
        budget: Budget,
        message_seconds: float,
        idle_seconds: float,
        allocated: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Sets the limits.

        Args:
            budget: For everything that is received and held.
            message_seconds: Time for the message of a unary call.
            idle_seconds: Time for which a stream may send nothing.
            allocated: Counts the bytes that the process has allocated; None where that is not known.
        """
        self.budget = budget
        self._idle_seconds = idle_seconds
        self._message_seconds = message_seconds
        self._allocated = allocated
        self._receiving: dict[asyncio.Future[Any], None] = {}
        self._ended: set[asyncio.Future[Any]] = set()

    @classmethod
    def from_settings(cls, settings: ServerSettings, *, watches_memory: bool = False) -> Intake:
        """Makes the intake of a process.

        Args:
            settings: Of the process.
            watches_memory: For a process whose memory holds requests and little else. One that decodes
                pictures allocates more than it receives.
        """
        return cls(
            Budget(settings.max_held_bytes),
            settings.receive_seconds,
            settings.idle_seconds,
            allocated_bytes if watches_memory else lambda: None,
        )

    async def message(self, messages: AsyncIterator[bytes]) -> bytes | None:
        """Receives the message of a unary call; None when its caller sends none.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED when there is no room; DEADLINE_EXCEEDED, SLOW_UPLOAD.
        """
        self.budget.check()
        return await self._next(messages, self._message_seconds, lambda: True)

    async def items(
        self, items: AsyncIterator[bytes], read: Callable[[bytes], MessageT], is_idle: Callable[[], bool]
    ) -> AsyncGenerator[MessageT, None]:
        """Yields the messages of a stream, each when there is room for it.

        Args:
            items: As they arrive.
            read: Parses one; its bytes are not kept beside it.
            is_idle: Whether the stream waits for its caller, and not its caller for answers.

        Raises:
            StatusError: DEADLINE_EXCEEDED, SLOW_UPLOAD for a stream that sends nothing for too long;
                RESOURCE_EXHAUSTED, OVERLOADED when memory runs out while a message arrives.
        """

        async def received() -> MessageT | None:
            await self.budget.room()
            data = await self._next(items, self._idle_seconds, is_idle)
            return None if data is None else read(data)

        while (item := await received()) is not None:
            yield item

    async def watch(self) -> None:
        """Ends what arrives when memory runs out; until it is cancelled."""
        at_rest = self._allocated()
        while at_rest is not None:
            await asyncio.sleep(PAUSE_SECONDS)
            now = self._allocated() or 0
            if not self._receiving and not self.budget.held_bytes:
                at_rest = now
            unknown = now - at_rest - COPIES * self.budget.held_bytes
            if unknown > max(LEAST_BYTES, self.budget.limit_bytes):
                self._end_oldest(unknown)

    def _end_oldest(self, unknown_bytes: int) -> None:
        receiving = [each for each in self._receiving if each not in self._ended]
        oldest = receiving[: len(receiving) // 4 + 1]
        _log.warning(
            "%d bytes of unfinished messages: %d of %d are ended", unknown_bytes, len(oldest), len(receiving)
        )
        for each in oldest:
            self._ended.add(each)
            each.cancel()

    async def _next(
        self, messages: AsyncIterator[bytes], seconds: float, is_idle: Callable[[], bool]
    ) -> bytes | None:
        arriving: asyncio.Future[bytes | None] = asyncio.ensure_future(anext(messages, None))
        self._receiving[arriving] = None
        try:
            while not arriving.done():
                await asyncio.wait({arriving}, timeout=seconds)
                if arriving in self._ended:
                    raise refused(OVERLOADED, "Too many bytes are arriving. Try again later.")
                if not arriving.done() and is_idle():
                    raise refused(
                        SLOW_UPLOAD, "No whole message arrived for {seconds} s.", seconds=f"{seconds:g}"
                    )
            return arriving.result()
        finally:
            del self._receiving[arriving]
            self._ended.discard(arriving)
            if not arriving.done():
                arriving.cancel()
                await asyncio.wait({arriving})  # its iterator cannot be closed before
            if not arriving.cancelled():
                arriving.exception()  # seen: it may fail at the moment at which its caller leaves
