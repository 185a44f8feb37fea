"""Memory that is freed and soon taken again: kept by the process, where its C library can be told so."""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

# Parameters of glibc's malloc.h, and the most that it takes: larger blocks are always handed back.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_LARGEST_BLOCK: Final = 32 << 20
SERVED_BYTES: Final = 64 << 20
"""What SIFT takes for a picture of 480 pixels; more would lie idle in a server most of the time."""


def keep_freed_memory(most_bytes: int = 1 << 30) -> bool:
    """Lets this process keep the memory that it frees; returns whether that can be set here.

    An extraction takes and frees tens of megabytes. By default glibc hands them back to the system every
    time, and getting them again page by page is an eighth of the work; a third in the main thread.

    Args:
        most_bytes: How much is kept, for each thread that extracts.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and all(
        mallopt(name, value) == 1
        for name, value in ((_TRIM_THRESHOLD, most_bytes), (_MMAP_THRESHOLD, _LARGEST_BLOCK))
    )
