"""Folders to work in: one's own as long as its process lives, and swept up after that."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ENDING = ".part"


@contextmanager
def working_folder(root: Path, name: str) -> Iterator[Path]:
    """A new folder below another, gone or renamed in the end.

    The leading dot keeps it from the eyes of servers; the same file system lets a rename suffice. It is
    locked, and the system lets go of locks when a process ends, however it ends: what a killed one left is
    known by that, and removed first.

    Raises:
        OSError: When nothing can be written there.
    """
    root.mkdir(parents=True, exist_ok=True)
    # Sweeping and making in turns, or a folder could be swept up before its maker has locked it.
    with _locked(root):
        _sweep(root)
        folder = Path(tempfile.mkdtemp(prefix=f".{name}-", suffix=_ENDING, dir=root))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _sweep(root: Path) -> None:
    for folder in root.glob(f".*-*{_ENDING}"):
        try:
            with _locked(folder, fcntl.LOCK_NB):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # Somebody's who is still at work, or gone by now.
            continue


@contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)
