"""Exponential backoff for operations that outlive a single call: when to retry, and when to stop."""

from __future__ import annotations

from lienzo_client.errors import LienzoError

DEFAULT_RECONNECT_S = 30.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
# A server that shuts down cancels its streams, and one that is killed breaks the connection. gRPC's own core
# reports INTERNAL or UNKNOWN without a lienzo reason when it writes to a call that has just ended.
_RETRYABLE_CODES = ("UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED")
_RETRYABLE_WITHOUT_REASON = ("INTERNAL", "UNKNOWN")
_RETRYABLE_REASONS = ("WRONG_OFFSET", "UPLOAD_NOT_FINISHED")


class Backoff:
    """The retry schedule of one operation. It has no clock: callers pass the time.

    Args:
        first_s: Seconds to keep retrying a server that has never answered.
        later_s: Seconds to keep retrying a server that has answered before.

    Attributes:
        retry_at: Earliest time of the next try, on the caller's clock.
    """

    def __init__(self, first_s: float, later_s: float) -> None:
        self._limit_s = first_s
        self._later_s = later_s
        self._failing_since: float | None = None
        self._last: LienzoError | None = None
        self._pause_s = _FIRST_PAUSE_S
        self.retry_at = 0.0

    def progress(self) -> None:
        """Resets the schedule after an answer."""
        self._limit_s = self._later_s
        self._failing_since = None
        self._last = None
        self._pause_s = _FIRST_PAUSE_S

    def fail(self, error: LienzoError, now: float) -> None:
        """Records a failure and doubles the pause before the next try, up to two seconds."""
        self._last = error
        self._failing_since = now if self._failing_since is None else self._failing_since
        self.retry_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def check(self, now: float) -> None:
        """Raises the last failure unless another try may help.

        Raises:
            LienzoError: The last failure, when retrying cannot help or the time for retries is over.
        """
        if self._last is None or self._failing_since is None:
            return
        if not _is_retryable(self._last) or now - self._failing_since > self._limit_s:
            raise self._last


def _is_retryable(error: LienzoError) -> bool:
    if not error.reason and error.code in _RETRYABLE_WITHOUT_REASON:
        return True
    return error.code in _RETRYABLE_CODES or error.reason in _RETRYABLE_REASONS
