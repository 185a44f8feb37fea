"""How long to try again, and how soon: shared by everything that outlives a single call."""

from __future__ import annotations

from lienzo_client.errors import LienzoError

DEFAULT_RECONNECT_S = 30.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
# A server that is shut down cancels its streams; one that is killed breaks the connection; gRPC's own core
# reports INTERNAL or UNKNOWN, without a reason of ours, when a write meets a call that has just ended.
_WORTH_ANOTHER_TRY = ("UNAVAILABLE", "CANCELLED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED")
_WORTH_IT_WITHOUT_REASON = ("INTERNAL", "UNKNOWN")
_WORTH_IT_BY_REASON = ("WRONG_OFFSET",)


class Patience:
    """Counts failures without progress.

    Args:
        first_s: Seconds for which a server is tried that has never answered.
        later_s: Seconds for which a server is tried that has answered before.

    Attributes:
        retry_at: Not before this moment, on the caller's clock.
    """

    def __init__(self, first_s: float, later_s: float) -> None:
        self._limit_s = first_s
        self._later_s = later_s
        self._failing_since: float | None = None
        self._last: LienzoError | None = None
        self._pause_s = _FIRST_PAUSE_S
        self.retry_at = 0.0

    def progress(self) -> None:
        """Something was answered: what failed before is forgotten."""
        self._limit_s = self._later_s
        self._failing_since = None
        self._last = None
        self._pause_s = _FIRST_PAUSE_S

    def fail(self, error: LienzoError, now: float) -> None:
        """Something failed; the next try waits a little longer than the last one did."""
        self._last = error
        self._failing_since = now if self._failing_since is None else self._failing_since
        self.retry_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def check(self, now: float) -> None:
        """Returns while another try is worth it.

        Raises:
            LienzoError: The last failure, when it is not, or when it has been tried for long enough.
        """
        if self._last is None or self._failing_since is None:
            return
        if not _is_worth_another_try(self._last) or now - self._failing_since > self._limit_s:
            raise self._last


def _is_worth_another_try(error: LienzoError) -> bool:
    if not error.reason and error.code in _WORTH_IT_WITHOUT_REASON:
        return True
    return error.code in _WORTH_ANOTHER_TRY or error.reason in _WORTH_IT_BY_REASON
