"""Many pictures over one stream, for threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import grpc

from lienzo_client.errors import LienzoError
from lienzo_client.faults import ended_early, from_rpc_error
from lienzo_client.flight import Connect, Done, Flight, Request, Response, Wait
from lienzo_client.results import StreamItem


class Call(Protocol):
    """The part of a call that a stream needs; it raises errors of gRPC, or this package's own."""

    def __iter__(self) -> Iterator[Response]:
        """Iterates over the responses in the order of arrival."""

    def cancel(self) -> bool:
        """Cancels the call."""


class Stream:
    """One stream of pictures: the caller's iterator in, answers out.

    The caller's iterator is read in a thread of its own, so that a slow source does not delay answers, and
    never further ahead than the flight has room for.

    Args:
        open_call: Starts the call with an iterator of requests; the flag asks for a new connection.
        requests: The requests in the caller's order; an error stands for a picture that cannot be read.
        flight: The bookkeeping.
        target: Target of the call, for error messages.
    """

    def __init__(
        self,
        open_call: Callable[[Iterator[Request], bool], Call],
        requests: Iterable[tuple[str, Request | LienzoError]],
        flight: Flight,
        target: str,
    ) -> None:
        self._open_call = open_call
        self._requests = requests
        self._flight = flight
        self._target = target
        self._changed = threading.Condition()
        self._closed = False
        self._call: Call | None = None

    def answers(self) -> Iterator[StreamItem]:
        """Yields one item for every picture, as responses arrive.

        Raises:
            LienzoError: When retries are exhausted; unanswered pictures can be sent again.
        """
        self._start(self._read_requests)
        try:
            while True:
                with self._changed:
                    step = self._flight.next_step(time.monotonic())
                    self._changed.notify_all()
                    if isinstance(step, Wait):
                        self._changed.wait(step.seconds)
                if isinstance(step, StreamItem):
                    yield step
                elif isinstance(step, Connect):
                    self._connect(step)
                elif isinstance(step, Done):
                    return
        finally:
            self._close()

    def _read_requests(self) -> None:
        failure: BaseException | None = None
        try:
            for request_id, request in self._requests:
                with self._changed:
                    self._changed.wait_for(lambda: self._flight.has_room or self._closed)
                    if self._closed:
                        return
                    self._take_on(request_id, request)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - raised by the caller's iterator, and passed on to the caller
            failure = error
        with self._changed:
            self._flight.end(failure)
            self._changed.notify_all()

    def _take_on(self, request_id: str, request: Request | LienzoError) -> None:
        if isinstance(request, LienzoError):
            self._flight.refuse(request_id, request)
        else:
            self._flight.add(request)

    def _connect(self, step: Connect) -> None:
        self._hang_up()
        call = self._open_call(self._to_send(step.connection), step.renew)
        self._call = call
        self._start(lambda: self._read_answers(call, step.connection))

    def _to_send(self, connection: int) -> Iterator[Request]:
        while True:
            with self._changed:
                request = self._flight.next_to_send(connection, time.monotonic())
                if request is None:
                    if self._closed or self._flight.is_over(connection):
                        return
                    self._changed.wait()
                    continue
                self._changed.notify_all()
            yield request

    def _read_answers(self, call: Call, connection: int) -> None:
        error: LienzoError = ended_early(self._target)
        try:
            for response in call:
                with self._changed:
                    self._flight.receive(response, time.monotonic())
                    self._changed.notify_all()
        except LienzoError as failure:
            error = failure
        except grpc.RpcError as failure:
            error = from_rpc_error(failure, self._target)
        with self._changed:
            self._flight.lose(connection, error, time.monotonic())
            self._changed.notify_all()

    def _hang_up(self) -> None:
        if self._call is not None:
            self._call.cancel()

    def _close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._hang_up()

    def _start(self, target: Callable[[], None]) -> None:
        threading.Thread(target=target, name="lienzo-stream", daemon=True).start()
