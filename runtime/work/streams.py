"""Bidirectional streams of items: answered in order, worked on in parallel, failures per item."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from contextvars import copy_context
from functools import partial
from typing import TypeVar

import grpc

from lienzo.image.v1 import image_pb2
from runtime.calls.errors import to_status_error
from runtime.calls.item_errors import to_item_error
from runtime.work.closing import shutting_down
from runtime.work.workers import Workers
from runtime.work.workplace import Workplace

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

    Reads at most twice as many items ahead as there are workers: flow control holds back a client that sends
    faster than it is answered, and memory stays flat.

    Args:
        requests: The caller's items.
        answer: Answers one item; may raise.
        to_error: Makes the answer for an item that failed.
        context: The call.
        workplace: Whose workers do the work, of all streams and calls.

    Raises:
        StatusError: RESOURCE_EXHAUSTED, OVERLOADED at once when too many streams are open; UNAVAILABLE,
            SHUTTING_DOWN when the process is about to stop, after what came in was answered.
    """

    def work(request: RequestT) -> ResponseT:
        try:
            return answer(request)
        except Exception as error:  # noqa: BLE001  # whatever fails, fails for this item only
            return to_error(request, to_item_error(to_status_error(error, workplace.table)))

    # A caller may wait for an answer before it sends the next item, so reading must not hold up answering.
    pending: queue.Queue[Future[ResponseT] | None] = queue.Queue(2 * workplace.workers.count)
    ended = threading.Event()

    def read() -> None:
        try:
            for request in requests:
                if ended.is_set():
                    break
                if workplace.closing.is_set:
                    raise shutting_down()
                pending.put(workplace.submit(context, partial(work, request)))
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
        except CancelledError:  # of work that the end of the process dropped
            raise shutting_down() from None
        finally:
            ended.set()
            _drop_rest(pending, workplace.workers)


def _failed(error: Exception) -> Future[ResponseT]:
    future: Future[ResponseT] = Future()
    future.set_exception(error)
    return future


def _drop_rest(pending: queue.Queue[Future[ResponseT] | None], workers: Workers) -> None:
    """Cancels what nobody waits for; the reader, which puts at most two more, then finds room for them."""
    with contextlib.suppress(queue.Empty):
        while (future := pending.get_nowait()) is not None:
            workers.cancel(future)
