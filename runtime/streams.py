"""Bidirectional streams of items: answers in order, work side by side, failures per item."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

import grpc

from lienzo.image.v1 import image_pb2
from runtime.closing import shutting_down
from runtime.errors import to_status_error
from runtime.item_errors import to_item_error
from runtime.workplace import Workplace

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


def answer_items(
    requests: Iterable[RequestT],
    answer: Callable[[RequestT], ResponseT],
    to_error: Callable[[RequestT, image_pb2.ItemError], ResponseT],
    *,
    context: grpc.ServicerContext,
    workplace: Workplace,
) -> Iterator[ResponseT]:
    """Answers every item of a stream, in the order of the requests.

    At most twice as many items as there are workers are read ahead: a client that sends faster than it
    is answered is held back by flow control, and memory stays flat.

    Args:
        requests: The caller's items.
        answer: Answers one item; may raise.
        to_error: Makes the answer for an item that failed.
        context: The call.
        workplace: Bounds how many items, of all streams and calls, are worked on at a time.

    Raises:
        StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when too many streams are open; UNAVAILABLE,
            SHUTTING_DOWN when the process is about to stop, after what came in was answered.
    """

    def work(request: RequestT) -> ResponseT:
        try:
            with workplace.admission.turn(context):
                return answer(request)
        except Exception as error:  # noqa: BLE001  # whatever fails, fails for this item only
            return to_error(request, to_item_error(to_status_error(error, workplace.table)))

    # A caller may wait for an answer before it sends the next item, so reading must not hold up answering.
    pending: queue.Queue[Future[ResponseT] | None] = queue.Queue(2 * workplace.admission.workers)

    def read() -> None:
        try:
            for request in requests:
                if workplace.closing.is_set:
                    raise shutting_down()
                pending.put(workplace.executor.submit(copy_context().run, work, request))
        except grpc.RpcError:  # the caller left; nobody waits for the rest
            pass
        except Exception as error:  # noqa: BLE001  # ends the stream, in the thread that answers it
            pending.put(_failed(error))
        finally:
            pending.put(None)

    def stop_waiting() -> None:
        with contextlib.suppress(queue.Full):  # then there is something to answer first
            pending.put_nowait(_failed(shutting_down()))

    with workplace.streams.slot(), workplace.closing.telling(stop_waiting):
        threading.Thread(target=copy_context().run, args=(read,), name="stream-reader", daemon=True).start()
        try:
            while (future := pending.get()) is not None:
                yield future.result()
                if workplace.closing.is_set and pending.empty():
                    raise shutting_down()
        finally:
            _drop_rest(pending)


def _failed(error: Exception) -> Future[ResponseT]:
    future: Future[ResponseT] = Future()
    future.set_exception(error)
    return future


def _drop_rest(pending: queue.Queue[Future[ResponseT] | None]) -> None:
    """Cancels what nobody waits for, so that the reader is never stuck before a full queue."""
    with contextlib.suppress(queue.Empty):
        while (future := pending.get_nowait()) is not None:
            future.cancel()
