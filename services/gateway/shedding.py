"""Refuses calls for a service that has just refused others: what it would cost to ask goes to answers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from runtime.reasons.calls import OVERLOADED
from runtime.reasons.reason import refused
from runtime.status import StatusError

AnswerT = TypeVar("AnswerT")

REMEMBERED_SECONDS: Final = 0.25
"""How long a refusal counts. A queue that is full is not empty after so short a time."""


class Shedding:
    """Remembers how many calls a service took when it refused one, and sends no more for a moment.

    A refusal costs the service, the gateway and the network as much as the picture is large. At several
    times the capacity, refusals would take the processors from the answers.
    """

    def __init__(self, service: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins without a bound.

        Args:
            service: Is named to callers.
            clock: Gives seconds.
        """
        self._service = service
        self._clock = clock
        self._sent = 0
        self._most = 0
        self._until = 0.0

    def check(self) -> None:
        """Refuses a call that the service would refuse.

        Raises:
            StatusError: RESOURCE_EXHAUSTED, OVERLOADED.
        """
        if self._sent >= self._most and self._clock() < self._until:
            raise refused(OVERLOADED, "The {service} service has too much to do.", service=self._service)

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
        """Sends no more than the others that are being answered; one always, so that a free slot is found."""
        now, others = self._clock(), max(1, self._sent - 1)
        self._most = min(self._most, others) if now < self._until else others
        self._until = now + REMEMBERED_SECONDS
