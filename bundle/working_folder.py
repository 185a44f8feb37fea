"""Temporary working folders that are removed even when their process was killed."""

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
    """Creates a folder below `root` and removes it at the end, unless the caller has renamed it.

    Servers skip names with a leading dot, and a rename works because the folder is on the same file system.
    The folder stays locked while its process lives. The system releases locks however a process ends, so an
    unlocked folder was left by a killed process; those are removed first.

    Raises:
        OSError: When `root` cannot be written to.
    """
    root.mkdir(parents=True, exist_ok=True)
    # One process at a time, or a new folder could be removed before its creator has locked it.
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
        except OSError:  # Locked by a living process, or already gone.
            continue


@contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(descriptor)
