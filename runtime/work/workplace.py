"""`Workplace` gives servicers their workers and bounds, without the server around them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import grpc

from runtime.calls.callers import can_wait, check_active
from runtime.calls.errors import ErrorTable
from runtime.configuration.settings import ServerSettings
from runtime.work.closing import Closing, shutting_down
from runtime.work.slots import Slots
from runtime.work.workers import Workers

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Workplace:
    """The workers and bounds of a process, for its servicer.

    Attributes:
        workers: Do the work, of calls and items alike.
        calls: Bounds the unary calls that run or wait.
        waiting_calls: Bounds those among them whose callers can wait, see `runtime.calls.callers.WAITS_KEY`.
        streams: Bounds the streams that are open.
        table: Maps the service's exceptions to statuses and reasons.
        closing: Notifies idle streams when the process is about to stop.
    """

    workers: Workers
    calls: Slots
    waiting_calls: Slots
    streams: Slots
    table: ErrorTable
    closing: Closing

    @classmethod
    def from_settings(cls, settings: ServerSettings, table: ErrorTable, closing: Closing) -> Workplace:
        """Starts the workers, and sets the bounds."""
        most = settings.workers + settings.queue
        return cls(
            Workers(settings.workers),
            Slots(most, "calls run or wait"),
            Slots(max(1, most // 2), "items of streams run or wait"),
            Slots(settings.max_streams, "streams are open"),
            table,
            closing,
        )

    def answer(self, context: grpc.ServicerContext, work: Callable[[], ResultT]) -> ResultT:
        """Does the work of a unary call.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when too many calls wait; CANCELLED or
                DEADLINE_EXCEEDED when the caller no longer waits.
        """
        is_item = can_wait(context)
        with self.waiting_calls.slot() if is_item else nullcontext(), self.calls.slot():
            return self._finished(context, self._queued(context, work, is_item=is_item))

    def run(self, context: grpc.ServicerContext, work: Callable[[], ResultT]) -> ResultT:
        """Does a step of a stream, and waits for it.

        Raises:
            StatusError: CANCELLED or DEADLINE_EXCEEDED when the caller no longer waits.
        """
        return self._finished(context, self.submit(context, work))

    def submit(self, context: grpc.ServicerContext, work: Callable[[], ResultT]) -> Future[ResultT]:
        """Queues an item of a stream, which flow control holds back: it needs no slot."""
        return self._queued(context, work, is_item=True)

    def _queued(
        self, context: grpc.ServicerContext, work: Callable[[], ResultT], *, is_item: bool
    ) -> Future[ResultT]:
        def work_for_caller() -> ResultT:
            check_active(context)
            return work()

        # In the caller's context, so that the log knows the id of the request.
        return self.workers.submit(partial(copy_context().run, work_for_caller), is_item=is_item)

    def _finished(self, context: grpc.ServicerContext, future: Future[ResultT]) -> ResultT:
        """Waits; takes the work out of the queue when its caller leaves or its deadline passes."""
        if not context.add_callback(lambda: self.workers.cancel(future)):
            self.workers.cancel(future)  # the call has ended already
        try:
            return future.result()
        except CancelledError:
            check_active(context)
            raise shutting_down() from None  # the caller waits, so it is the workers who left
