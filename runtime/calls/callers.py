"""Who calls, and whether anybody still waits for an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import grpc

from runtime.calls.authentication import current_holder
from runtime.calls.call import current_call
from runtime.reasons.calls import CALLER_LEFT, DEADLINE_EXCEEDED
from runtime.reasons.reason import refused

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

WAITS_KEY: Final = "x-lienzo-waits"
"""Request metadata of a call whose caller tries again when it is refused as OVERLOADED.

The gateway sends it with items of streams, which flow control holds back. Such calls leave half of a queue,
and every second turn of the workers, to callers who cannot wait.
"""


class Caller:
    """Knows whether anybody still waits for an answer; safe between threads.

    Attributes:
        has_left: Set when the call ends before it is answered.
    """

    def __init__(self, seconds: float | None) -> None:
        """Begins the caller's time.

        Args:
            seconds: Until its deadline; None without one.
        """
        self.has_left = False
        self._ends = None if seconds is None else time.monotonic() + seconds

    def remaining(self) -> float | None:
        """Returns the seconds left, 0 or less after the deadline; None without a deadline."""
        return None if self._ends is None else self._ends - time.monotonic()

    def check(self) -> None:
        """Stops the work between two stages when nobody waits for the answer any more.

        Raises:
            StatusError: DEADLINE_EXCEEDED when the caller's time is up; CANCELLED, CALLER_LEFT.
        """
        remaining = self.remaining()
        if remaining is not None and remaining <= 0:
            raise refused(DEADLINE_EXCEEDED)
        if self.has_left:
            raise refused(CALLER_LEFT)


@contextmanager
def calling(context: Context) -> Iterator[Caller]:
    """Gives the caller of a call, who has left when it ends."""
    caller = Caller(context.time_remaining())
    try:
        yield caller
    finally:
        caller.has_left = True


def can_wait(context: Context) -> bool:
    """Whether the caller tries again when it is refused, see `WAITS_KEY`."""
    return any(key == WAITS_KEY for key, _ in context.invocation_metadata() or ())


def caller_name() -> str:
    """Names who makes the call that this task works on: the holder of its key, or else its machine."""
    return current_holder() or machine_of(current_call().peer)


def machine_of(peer: str) -> str:
    """The machine of a peer, without its port.

    >>> machine_of("ipv4:192.0.2.1:40122"), machine_of("ipv6:%5B2001:db8::1%5D:40122"), machine_of("unix:")
    ('ipv4:192.0.2.1', 'ipv6:%5B2001:db8::1%5D', 'unix')
    """
    return peer.rpartition(":")[0] or peer
