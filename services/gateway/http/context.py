"""What the servicer asks a gRPC context for, where the call came in over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class HttpContext:
    """A call over HTTP as the servicer sees it.

    Attributes:
        ends: Moment on the monotonic clock at which the caller stops waiting; None where it set none.
    """

    ends: float | None = None

    @classmethod
    def within(cls, seconds: float | None) -> HttpContext:
        """A call whose caller waits so long from now on."""
        return cls(None if seconds is None else time.monotonic() + seconds)

    def time_remaining(self) -> float | None:
        """Seconds that are left; None where the caller set no limit."""
        return None if self.ends is None else self.ends - time.monotonic()
