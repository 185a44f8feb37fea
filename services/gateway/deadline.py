"""The caller's deadline, through all calls behind the gateway."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Final

from runtime.reasons.calls import DEADLINE_EXCEEDED
from runtime.reasons.reason import refused

ANSWER_BY: Final = 0.95
"""Share of a caller's time within which the parts of its answer must be there."""


@dataclass(frozen=True)
class Deadline:
    """The moment after which the caller does not wait for the answer.

    Attributes:
        moment: Value of the monotonic clock, in seconds.
        step_seconds: Time for one step, such as one call of a service. Only items of streams have it: they
            may wait between steps for as long as their stream lasts. None for calls, which may not wait.
    """

    moment: float
    step_seconds: float | None = None

    @classmethod
    def after(
        cls, seconds: float | None, default_seconds: float, step_seconds: float | None = None
    ) -> Deadline:
        """Makes a deadline so many seconds from now; the default if the caller set none or an absurd one."""
        if seconds is None or not math.isfinite(seconds) or seconds > 86_400:
            seconds = default_seconds
        return cls(time.monotonic() + seconds, step_seconds)

    def at_least(self, seconds: float) -> Deadline:
        """Makes a deadline that is at least so many seconds away, for work that others may wait for, too."""
        return replace(self, moment=max(self.moment, time.monotonic() + seconds))

    def with_time_to_answer(self) -> Deadline:
        """Makes the deadline of a part of an answer: a little earlier, so that the others still arrive."""
        now = time.monotonic()
        return replace(self, moment=now + ANSWER_BY * (self.moment - now))

    def left(self) -> float:
        """Returns the seconds for which the caller still waits, above 0.

        Raises:
            StatusError: DEADLINE_EXCEEDED when none are left.
        """
        left = self.moment - time.monotonic()
        if left <= 0:
            raise refused(DEADLINE_EXCEEDED)
        return left

    def remaining(self) -> float:
        """Returns the seconds left for the next step, above 0; raises as `left`."""
        left = self.left()
        return left if self.step_seconds is None else min(left, self.step_seconds)
