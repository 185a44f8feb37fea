"""Reads the files that a command line names: one that is not regular may never end."""

from __future__ import annotations

import errno
import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 60.0
"""How long nothing may come from a pipe."""
_AT_ONCE: Final = 2**16


class UnreadableFile(OSError):
    """The file is a device, or a pipe to which nobody writes."""


def read_picture(path: Path) -> bytes:
    """Reads a regular file, or a pipe, as the `<(command)` of a shell is one.

    Raises:
        UnreadableFile: When it is neither, or nothing comes from the pipe for a while.
        OSError: When it cannot be read.
    """
    # Else opening a pipe waits for whoever writes to it.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISREG(mode):
            return file.read()
        if not stat.S_ISFIFO(mode):
            raise UnreadableFile(errno.EINVAL, "not a regular file", str(path))
        data = b"".join(_written(file.fileno(), path))
    if not data:
        raise UnreadableFile(errno.ENODATA, "nothing was written to this pipe", str(path))
    return data


def _written(pipe: int, path: Path) -> Iterator[bytes]:
    while True:
        if not select.select([pipe], [], [], PATIENCE_S)[0]:
            raise UnreadableFile(
                errno.ETIMEDOUT, f"a pipe, and nothing was written to it for {PATIENCE_S:g} s", str(path)
            )
        chunk = os.read(pipe, _AT_ONCE)
        if not chunk:
            return
        yield chunk
