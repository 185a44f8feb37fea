"""How much can be done at a time on this machine."""

from __future__ import annotations

import os
import sys


def usable_processors() -> int:
    """Counts the processors that this process may use: those it is bound to, where the system tells."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Not on macOS.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
