"""Waits for SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import select
import signal


class StopSignal:
    """Waits for SIGTERM or SIGINT; to be made in the main thread.

    Two things can go wrong with an `Event` that a handler sets. Python runs handlers between any two steps
    of the main thread, also inside the handler of the signal before, which then waits for the lock that it
    holds itself. And a signal that comes just before the main thread begins to wait does not end the wait.
    So the interpreter's own C handler writes a byte into a pipe, and the pipe is what is waited for.
    """

    def __init__(self) -> None:
        """Installs the signal handlers."""
        self._read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self, seconds: float | None = None) -> bool:
        """Waits for a signal, at most so many seconds; returns whether one came."""
        ready, _, _ = select.select([self._read_end], [], [], seconds)
        return bool(ready)
