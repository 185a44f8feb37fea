"""Checks whether anybody still waits for an answer."""

from __future__ import annotations

from typing import Final

import grpc

from runtime.reasons.calls import CALLER_LEFT, DEADLINE_EXCEEDED
from runtime.reasons.reason import refused

WAITS_KEY: Final = "x-lienzo-waits"
"""Request metadata of a call whose caller tries again when it is refused as OVERLOADED.

The gateway sends it with items of streams, which flow control holds back. Such calls leave half of a queue,
and every second turn of the workers, to callers who cannot wait.
"""


def check_active(context: grpc.ServicerContext) -> None:
    """Stops the work between two stages when nobody waits for the answer any more.

    Raises:
        StatusError: DEADLINE_EXCEEDED when the caller's time is up; CANCELLED, CALLER_LEFT.
    """
    remaining = context.time_remaining()
    if remaining is not None and remaining <= 0:
        raise refused(DEADLINE_EXCEEDED)
    if not context.is_active():
        raise refused(CALLER_LEFT)


def can_wait(context: grpc.ServicerContext) -> bool:
    """Whether the caller tries again when it is refused, see `WAITS_KEY`."""
    return any(key == WAITS_KEY for key, _ in context.invocation_metadata())
