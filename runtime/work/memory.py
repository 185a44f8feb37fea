"""How much memory the process has allocated, where the C library tells."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


class _Counts(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library, see mallinfo(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def allocated_bytes() -> int | None:
    """Counts the bytes that malloc has given out and that are not freed yet; takes a few microseconds.

    Returns:
        The number; None where the C library does not tell: musl, macOS, and glibc before 2.33.
    """
    count = _counter()
    if count is None:
        return None
    counts = count()
    return int(counts.uordblks) + int(counts.hblkhd)


@cache
def _counter() -> Callable[[], Any] | None:
    function = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if function is not None:
        function.restype = _Counts
    return function
