"""Keeps PyTorch's sums in one order: the same seed gives the same network on any number of cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import torch


class _CardFlags:
    """What all threads share: how the graphics card convolves. The last network to end sets it back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._networks = 0
        self._before = (False, False)

    def enter(self) -> None:
        with self._lock:
            if not self._networks:
                self._before = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
            self._networks += 1
            self._set((True, False))

    def leave(self) -> None:
        with self._lock:
            self._networks -= 1
            if not self._networks:
                self._set(self._before)

    def _set(self, flags: tuple[bool, bool]) -> None:
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = flags


_CARD = _CardFlags()


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Computes on one thread as long as it is entered: several wait for each other longer than they compute.

    PyTorch keeps the number for each thread of Python.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def repeatable() -> Iterator[None]:
    """Computes on one thread, and on the graphics card in one order, as long as it is entered."""
    with one_torch_thread():
        _CARD.enter()
        try:
            yield
        finally:
            _CARD.leave()
