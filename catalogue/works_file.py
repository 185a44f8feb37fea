"""Reads the file of works; every entry is checked against its digest."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from catalogue.errors import DamagedCatalogue
from catalogue.frames import HEADER, Frame, ending_of, frames_in, head_at

_BLOCK_BYTES: Final = 32 * 2**20


class WorksFile:
    """An open file of works, closed with the last object that uses it.

    It is not mapped into memory: a process with a mapped file is killed when the file is truncated.

    Attributes:
        descriptor: Of the file.
        is_damaged: Whether a damaged entry was found.
    """

    def __init__(self, path: Path, flags: int = os.O_RDONLY) -> None:
        """Opens a file of works.

        Raises:
            FileNotFoundError: When it is not there.
            DamagedCatalogue: When it cannot be opened, or begins with something else.
        """
        try:
            self.descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise DamagedCatalogue(path.parent, f"{path.name}: {error.strerror}") from error
        self.close = weakref.finalize(self, os.close, self.descriptor)
        self.is_damaged = False
        self._path = path
        if self._read(len(HEADER), 0) != HEADER:
            raise DamagedCatalogue(
                path.parent, f"{path.name} is damaged: it does not begin as a file of works does"
            )

    def entries(self, start: int) -> Iterator[tuple[Frame, memoryview]]:
        """Yields the entries from byte `start` on, each checked, with copies of their bodies.

        Stops before an unfinished entry: it is being written, or its writer was killed.

        Raises:
            DamagedCatalogue: When the file is damaged.
        """
        while block := self._read(_BLOCK_BYTES, start):
            data, end = memoryview(block), 0
            for frame in frames_in(data, 0):
                body = data[frame.start : frame.start + frame.length]
                if not frame.holds(body):
                    raise self._damaged(start + frame.start)
                yield replace(frame, start=start + frame.start, end=start + frame.end), body
                end = frame.end
            if not end:
                if ending_of(data, 0) == "damaged" or len(block) == _BLOCK_BYTES:
                    raise self._damaged(start)
                return
            start += end

    @property
    def size(self) -> int:
        """Bytes of the file, as it is now."""
        return os.fstat(self.descriptor).st_size

    def heads(self, start: int) -> Iterator[Frame]:
        """Yields the entries from byte `start` on without reading their bodies, up to one that is not whole.

        Raises:
            DamagedCatalogue: When the file cannot be read.
        """
        try:
            size = self.size
            while (frame := head_at(self.descriptor, start)) is not None and frame.end <= size:
                yield frame
                start = frame.end
        except OSError as error:
            raise self._unread(error) from error

    def body(self, frame: Frame) -> memoryview:
        """Reads the body of an entry.

        Raises:
            DamagedCatalogue: When it is damaged.
        """
        body = memoryview(self._read(frame.length, frame.start))
        if not frame.holds(body):
            raise self._damaged(frame.start)
        return body

    def holds(self, frame: Frame) -> bool:
        """Tells whether an entry is where it was."""
        return frame.holds(self._read(frame.length, frame.start))

    def _read(self, size: int, start: int) -> bytes:
        try:
            return os.pread(self.descriptor, size, start)
        except OSError as error:
            raise self._unread(error) from error

    def _unread(self, error: OSError) -> DamagedCatalogue:
        return DamagedCatalogue(self._path.parent, f"{self._path.name}: {error.strerror}")

    def _damaged(self, place: int) -> DamagedCatalogue:
        self.is_damaged = True
        return DamagedCatalogue(self._path.parent, f"{self._path.name} is damaged after byte {place}")
