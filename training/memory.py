"""Memory that is freed and soon taken again: kept by the process, where its C library can be told so."""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

# Parameters of glibc's malloc.h, and values: blocks that are not mapped alone have at most 32 MiB.
_TRIM_THRESHOLD: Final = (-1, 1 << 30)
_MMAP_THRESHOLD: Final = (-3, 32 << 20)


def keep_freed_memory() -> bool:
    """Lets this process keep the memory that it frees; returns whether that can be set here.

    An extraction takes and frees tens of megabytes. By default glibc hands them back to the system every
    time, and getting them again page by page is an eighth of the work.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and all(mallopt(*each) == 1 for each in (_TRIM_THRESHOLD, _MMAP_THRESHOLD))
