"""A stream's bookkeeping: what waits, what is in flight, what to do next. No threads, no sockets, no clock.

The threaded and the asyncio client both call `Flight.next_step` and do what it says, so that both keep the
same promises: a bounded number of pictures in flight, one answer for every picture, and after a broken
connection a new one, over which all unanswered pictures are sent again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.backoff import Backoff
from lienzo_client.convert import from_classify_response
from lienzo_client.errors import LienzoError
from lienzo_client.faults import from_item_error
from lienzo_client.reasons import NO_ANSWER_IN_TIME
from lienzo_client.results import StreamItem

Request = gateway_pb2.StreamClassifyImagesRequest
Response = gateway_pb2.StreamClassifyImagesResponse

DEFAULT_IN_FLIGHT = 16
_FIRST_CONNECTION_S = 5.0
# The first stall may only be a dead connection, so everything is sent once more over a new one.
_STALLS_BEFORE_REFUSING = 2
_STALLS_BEFORE_GIVING_UP = 3


@dataclass(frozen=True)
class Wait:
    """Wait until something happens, at most so many seconds (None: no limit)."""

    seconds: float | None


@dataclass(frozen=True)
class Connect:
    """Cancel the current call and open number `connection`; `renew` asks for a new channel after a stall."""

    connection: int
    renew: bool = False


@dataclass(frozen=True)
class Done:
    """Every picture was sent and answered."""


class Flight:
    """The requests of one stream.

    Args:
        limit: Largest number of pictures waiting, in flight, or answered and not yet consumed, 1 or more.
        timeout_s: Seconds without any answer after which the pictures in flight are sent again, then fail.
        reconnect_s: Seconds for which reconnecting to a server that has answered before is retried.

    Raises:
        ValueError: When `limit` is below 1.
    """

    def __init__(self, limit: int, timeout_s: float, reconnect_s: float) -> None:
        if limit < 1:
            raise ValueError(f"in_flight is {limit}; a stream needs at least 1")
        self._limit = limit
        self._timeout_s = timeout_s
        self._backoff = Backoff(min(_FIRST_CONNECTION_S, reconnect_s), reconnect_s)
        self._waiting: deque[Request] = deque()
        self._out: dict[str, Request] = {}
        self._ready: deque[StreamItem] = deque()
        self._ended = False
        self._failure: BaseException | None = None
        self._connection = 0
        self._connected = False
        self._progress_at = 0.0
        self._stalls = 0

    @property
    def has_room(self) -> bool:
        """Whether another picture may be added."""
        return len(self._waiting) + len(self._out) + len(self._ready) < self._limit

    def add(self, request: Request) -> None:
        """Adds a request.

        Raises:
            ValueError: When its id is that of an unanswered picture.
        """
        unanswered = {waiting.request_id for waiting in self._waiting} | self._out.keys()
        if request.request_id in unanswered:
            raise ValueError(f"request id {request.request_id!r} is in flight already")
        self._waiting.append(request)

    def refuse(self, request_id: str, error: LienzoError) -> None:
        """Answers a picture with an error."""
        self._ready.append(StreamItem(request_id, error=error))

    def end(self, failure: BaseException | None = None) -> None:
        """Marks the end of the requests; `failure` is what the caller's iterator raised."""
        self._ended = True
        self._failure = failure

    def next_to_send(self, connection: int, now: float) -> Request | None:
        """Returns the next request to send on a connection, or None when there is none at the moment."""
        if self.is_over(connection) or not self._waiting:
            return None
        request = self._waiting.popleft()
        if not self._out:
            self._progress_at = now
        self._out[request.request_id] = request
        return request

    def is_over(self, connection: int) -> bool:
        """Returns whether nothing more will ever be sent on a connection."""
        current = self._connected and connection == self._connection
        return not current or self._is_empty

    def receive(self, response: Response, now: float) -> None:
        """Stores an answer, unless its picture is no longer in flight."""
        self._progress_at = now
        self._backoff.progress()
        self._stalls = 0
        if self._out.pop(response.request_id, None) is None:
            return
        if response.WhichOneof("result") == "response":
            item = StreamItem(response.request_id, from_classify_response(response.response))
        else:
            item = StreamItem(response.request_id, error=from_item_error(response.error))
        self._ready.append(item)

    def lose(self, connection: int, error: LienzoError, now: float) -> None:
        """Records that a connection broke; everything in flight will be sent again."""
        if self.is_over(connection):
            return
        if error.reason == "PICTURE_TOO_LARGE" and self._out:
            # The transport does not say which message it refused. The largest certainly exceeds the limit;
            # the others may not and are sent again.
            largest = max(self._out.values(), key=Request.ByteSize).request_id
            del self._out[largest]
            self.refuse(largest, error)
        else:
            self._backoff.fail(error, now)
        self._waiting.extendleft(reversed(self._out.values()))
        self._out.clear()
        self._connected = False

    def next_step(self, now: float) -> StreamItem | Wait | Connect | Done:
        """Decides what to do now: yield an answer, wait, connect, or stop.

        Raises:
            LienzoError: When retries are exhausted.
            Exception: Whatever the caller's iterator raised, once everything before it is answered.
        """
        if self._ready:
            return self._ready.popleft()
        if self._is_empty:
            if self._failure is not None:
                raise self._failure
            return Done()
        if self._connected:
            return self._watch(now)
        return self._reconnect(now) if self._waiting else Wait(None)

    @property
    def _is_empty(self) -> bool:
        return self._ended and not self._waiting and not self._out

    def _watch(self, now: float) -> StreamItem | Wait | Connect:
        if not self._out:
            return Wait(None)
        left_s = self._progress_at + self._timeout_s - now
        if left_s > 0:
            return Wait(left_s)
        error = NO_ANSWER_IN_TIME.error(f"No answer in {self._timeout_s:g} s.")
        self._stalls += 1
        if self._stalls >= _STALLS_BEFORE_GIVING_UP:
            raise error
        if self._stalls < _STALLS_BEFORE_REFUSING:
            self._waiting.extendleft(reversed(self._out.values()))
            self._out.clear()
            return self._connect(renew=True)
        for request_id in self._out:
            self.refuse(request_id, error)
        self._out.clear()
        self._connected = False
        return self._ready.popleft()

    def _reconnect(self, now: float) -> Wait | Connect:
        self._backoff.check(now)
        if now < self._backoff.retry_at:
            return Wait(self._backoff.retry_at - now)
        return self._connect(renew=False)

    def _connect(self, *, renew: bool) -> Connect:
        self._connection += 1
        self._connected = True
        return Connect(self._connection, renew)
