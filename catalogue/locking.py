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
    while (descriptor := _acquired(folder)) is None:
        if time.monotonic() > deadline:
            raise CatalogueInUse(folder.name)
        time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquired(folder: Path) -> int | None:
    path = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CatalogueNotWritten(folder, error.strerror or str(error)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A writer that could not begin a catalogue removes its lock file: those who waited for it try again.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except OSError:
        pass  # another process holds it, or it was removed
    os.close(descriptor)
    return None
