"""The lock of a catalogue: one process writes at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from catalogue.errors import CatalogueInUse, CatalogueNotWritten

LOCK: Final = "lock"
_PAUSE_S: Final = 0.02


@contextmanager
def locked(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Holds the lock of a catalogue; makes its folder if there is none.

    Args:
        folder: The catalogue.
        wait_seconds: How long to wait for another writer.

    Raises:
        CatalogueInUse: When another process writes to it.
        CatalogueNotWritten: When the folder cannot be made.
    """
    deadline = time.monotonic() + wait_seconds
    while (descriptor := _lock_of(folder)) is None:
        if time.monotonic() > deadline:
            raise CatalogueInUse(folder.name)
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock_of(folder: Path) -> int | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return acquired(folder / LOCK)
    except OSError as error:
        raise CatalogueNotWritten(folder, error.strerror or str(error)) from error


def acquired(path: Path) -> int | None:
    """Opens a file that one process at a time may have open, and makes it if there is none.

    Returns:
        A descriptor of it, which ends that when it is closed; None while another process has it.

    Raises:
        OSError: When it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it may have removed or renamed it: those who waited for it try again.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except OSError:
        pass  # another process holds it, or it was removed
    os.close(descriptor)
    return None
