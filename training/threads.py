"""Linear algebra on one thread: the same seed gives the same model on any number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

# Only libraries that are loaded when the controller looks for them can be limited: BLAS and OpenMP.
import scipy.linalg  # noqa: F401
import sklearn.cluster  # noqa: F401
from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Keeps sums in one order, and processes from fighting for cores, as long as it is entered."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@cache
def _controller() -> ThreadpoolController:
    # Looking takes milliseconds, and a small training enters fifty times.
    return ThreadpoolController()
