"""Stands in for a gRPC context in calls over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class HttpContext:
    """The context of a call over HTTP, for the servicer.

    Attributes:
        ends: Value of the monotonic clock at the caller's deadline; None without one.
    """

    ends: float | None = None

    @classmethod
    def within(cls, seconds: float | None) -> HttpContext:
        """Makes the context of a call with a deadline so many seconds from now."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def time_remaining(self) -> float | None:
        """Returns the seconds left; None without a deadline."""
        return None if self.ends is None else self.ends - time.monotonic()
