"""`Workplace` gives servicers their workers and bounds, without the server around them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias, TypeVar

from runtime.calls.callers import Caller, Context, calling, can_wait
from runtime.calls.errors import ErrorTable
from runtime.configuration.settings import ServerSettings
from runtime.work.closing import shutting_down
from runtime.work.intake import Intake
from runtime.work.slots import Slots
from runtime.work.workers import Workers

ResultT = TypeVar("ResultT")

Prepared: TypeAlias = Callable[[], ResultT]
"""Work for a worker, with everything at hand that it needs."""


@dataclass(frozen=True)
class Workplace:
    """The workers and bounds of a process, for its servicer.

    Attributes:
        workers: Do the work, of calls and items alike.
        calls: Bounds the unary calls that run or wait.
        waiting_calls: Bounds those among them whose callers can wait, see `runtime.calls.callers.WAITS_KEY`.
        streams: Bounds the streams that are open, of all callers and of each.
        intake: Bounds what is being received.
        table: Maps the service's exceptions to statuses and reasons.
        closing: Set when the process is about to stop, which ends idle streams.
    """

    workers: Workers
    calls: Slots
    waiting_calls: Slots
    streams: Slots
    intake: Intake
    table: ErrorTable
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def from_settings(cls, settings: ServerSettings, table: ErrorTable) -> Workplace:
        """Starts the workers, and sets the bounds."""
        most = settings.workers + settings.queue
        return cls(
            Workers(settings.workers),
            Slots(most, "calls run or wait"),
            Slots(max(1, most // 2), "items of streams run or wait"),
            Slots(settings.max_streams, "streams are open", settings.streams_of_a_caller),
            Intake.from_settings(settings),
            table,
        )

    async def answer(
        self, context: Context, prepare: Callable[[Caller], Awaitable[Prepared[ResultT]]]
    ) -> ResultT:
        """Does the work of a unary call.

        Args:
            context: The call.
            prepare: Fetches what the work needs, such as a picture at an address, without holding a worker.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when too many calls wait; CANCELLED or
                DEADLINE_EXCEEDED when the caller no longer waits.
        """
        is_item = can_wait(context)
        with (
            self.waiting_calls.slot() if is_item else nullcontext(),
            self.calls.slot(),
            calling(context) as caller,
        ):
            return await self._done(caller, await prepare(caller), is_item=is_item)

    async def item(self, caller: Caller, prepare: Callable[[], Awaitable[Prepared[ResultT]]]) -> ResultT:
        """Does the work of an item of a stream, which flow control holds back: it needs no slot.

        Raises:
            StatusError: CANCELLED or DEADLINE_EXCEEDED when the caller no longer waits.
        """
        return await self._done(caller, await prepare(), is_item=True)

    async def _done(self, caller: Caller, work: Prepared[ResultT], *, is_item: bool) -> ResultT:
        """Waits; a caller who leaves, or whose time is up, gives up its place in the queue."""

        def work_for_caller() -> ResultT:
            caller.check()
            return work()

        # In the caller's context, so that the log knows the id of the request.
        future: Future[ResultT] = self.workers.submit(
            partial(copy_context().run, work_for_caller), is_item=is_item
        )
        waiting = asyncio.wrap_future(future)
        waiting.add_done_callback(_retrieve)
        try:
            await asyncio.wait({waiting}, timeout=caller.remaining())
            if waiting.done() and not waiting.cancelled():
                return waiting.result()
            caller.check()
            raise shutting_down()  # the caller waits, so it is the workers who left
        finally:
            self.workers.cancel(future)
            # Both hold the error that is raised here, and it holds this frame: a cycle would keep the picture
            # until garbage is collected.
            del future, waiting


def _retrieve(done: asyncio.Future[ResultT]) -> None:
    """Looks at the outcome, so that an error which nobody waits for any more is not logged as forgotten."""
    if not done.cancelled():
        done.exception()
