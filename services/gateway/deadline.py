"""The caller's deadline on its way to the last hop."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from runtime.reasons.calls import DEADLINE_EXCEEDED
from runtime.reasons.reason import refused


@dataclass(frozen=True)
class Deadline:
    """A moment after which nobody waits for the answer.

    Attributes:
        moment: On the monotonic clock, in seconds.
    """

    moment: float

    @classmethod
    def after(cls, seconds: float | None, default_seconds: float) -> Deadline:
        """So many seconds from now; the default where the caller set none or one beyond reason."""
        if seconds is None or not math.isfinite(seconds) or seconds > 86_400:
            seconds = default_seconds
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, above 0.

        Raises:
            StatusError: DEADLINE_EXCEEDED when there are none.
        """
        left = self.moment - time.monotonic()
        if left <= 0:
            raise refused(DEADLINE_EXCEEDED)
        return left
