"""Sheds load: refuses calls to a service that has just refused others, before they cost it anything."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused
from runtime.status import StatusError

AnswerT = TypeVar("AnswerT")

REMEMBERED_SECONDS: Final = 0.25
"""Time for which a refusal counts: a full queue is not empty after so short a time."""


class Shedding:
    """Remembers how many calls a service was answering when it refused one, and sends no more for a moment.

    A refusal costs the service, the gateway and the network as much as the picture is large. At several
    times the capacity, refusals would take the processors from the answers.
    """

    def __init__(self, service: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins without a bound.

        Args:
            service: Name of the service, for callers.
            clock: Returns seconds of a monotonic clock.
        """
        self._service = service
        self._clock = clock
        self._sent = 0
        self._most = 0
        self._until = 0.0

    def check(self) -> None:
        """Refuses a call while the service answers as many as when it last refused one.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED.
        """
        if self._sent >= self._most and self._clock() < self._until:
            raise overloaded(self._service)

    async def answer(self, send: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Sends a call.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED without sending it; any error of `send`.
        """
        self.check()
        self._sent += 1
        try:
            return await send()
        except StatusError as error:
            if error.reason == OVERLOADED.name:
                self._lower()
            raise
        finally:
            self._sent -= 1

    def _lower(self) -> None:
        """Sets the bound to the calls that are being answered, at least one, so that a free slot is found."""
        now, others = self._clock(), max(1, self._sent - 1)
        self._most = min(self._most, others) if now < self._until else others
        self._until = now + REMEMBERED_SECONDS


def overloaded(service: str) -> StatusError:
    """Makes the error of a call to a service with too much to do: RESOURCE_EXHAUSTED, OVERLOADED."""
    return refused(OVERLOADED, "The {service} service has too much to do.", service=service)
