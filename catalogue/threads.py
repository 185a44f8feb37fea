"""Threads that work on many works side by side, and leave the processors to each other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits


@contextmanager
def worker_threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Gives a pool of threads, and keeps OpenCV and BLAS from using several for each of them.

    BLAS waits for its threads in a loop: on two processors two workers with two threads each took twice the
    processor time, and nothing was done sooner.

    Args:
        workers: How many threads.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
            yield pool
    finally:
        cv2.setNumThreads(before)
