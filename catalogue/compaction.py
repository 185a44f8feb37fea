"""Compaction: the works of a catalogue in a new file, without those that were removed or replaced.

The new file is written beside the old one, which is read and appended to meanwhile; what came in between is
copied afterwards. Only the last of it is copied under the lock, before the new file takes the place of the
old one: no writer waits until a gigabyte is on disk, and a process that is killed leaves a file that the next
compaction writes over.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from catalogue.errors import CatalogueNotWritten, DamagedCatalogue
from catalogue.frames import HEADER, Frame, moved, to_frame
from catalogue.locking import acquired
from catalogue.manifest import CatalogueManifest, check_name
from catalogue.recovery import WorksState, added_since
from catalogue.snapshot import drop_snapshot
from catalogue.works_file import WorksFile
from catalogue.writer import Writer, open_writer

PART: Final = ".works.part"
_LITTLE: Final = 4 * 2**20
"""Bytes that are copied under the lock, in some hundredths of a second."""
_ROUNDS: Final = 8
"""So often what came in between is copied before: faster than works can be added."""
_SYNC_EVERY: Final = 32 * 2**20
"""Bytes after which a copy is brought to the disk: others that wait for theirs wait for no more of it."""


def compact_works(
    root: Path,
    name: str,
    *,
    wait_seconds: float = 0.0,
    more_than: float = 0.0,
    states: MutableMapping[str, WorksState] | None = None,
) -> bool:
    """Writes the works of a catalogue into a new file without removed ones; readers go over to it.

    Args:
        root: The folder of all catalogues.
        name: Which one.
        wait_seconds: How long to wait for another writer, before and after.
        more_than: Share of the file that removed and replaced works must take.
        states: See `open_writer`.

    Returns:
        Whether it was done; False where too little would be gained, where another process does it, and where
        the file that was copied is not that of the catalogue any more.

    Raises:
        CatalogueError: As `open_writer`, and when the file system refuses or a work is damaged; the old file
            is kept then.
    """
    part = root / check_name(name) / PART
    with open_writer(root, name, wait_seconds=wait_seconds, create=False, states=states) as writer:
        if writer.dead_share <= more_than:
            return False
        descriptor = _made(part)
        if descriptor is None:
            return False
        try:
            copy = _Copy(part, descriptor, writer)
        except BaseException:
            os.close(descriptor)
            raise
    try:
        copy.write()
        with open_writer(root, name, wait_seconds=wait_seconds, create=False, states=states) as writer:
            if not copy.is_of(writer):
                return False
            copy.finish()
            writer.go_over_to(part, copy.state)
        return True
    except DamagedCatalogue:
        drop_snapshot(part.parent)  # whoever reads the works next checks all of them
        if states is not None:
            states.pop(name, None)
        raise
    except OSError as error:
        raise CatalogueNotWritten(part.parent, error.strerror or str(error)) from error
    finally:
        copy.close()


def _made(part: Path) -> int | None:
    try:
        return acquired(part)
    except OSError as error:
        raise CatalogueNotWritten(part.parent, error.strerror or str(error)) from error


class _Copy:
    """A file of works that is copied while others append to it.

    Attributes:
        state: The works in the copy.
    """

    def __init__(self, part: Path, descriptor: int, writer: Writer) -> None:
        """Remembers what there is to copy; the lock is held."""
        self._part = part
        self._manifest: CatalogueManifest = writer.manifest
        self._source = WorksFile(part.parent / writer.manifest.works_file)
        self._works = list(writer.state.entries.items())
        self._end = writer.state.end
        self._last: Frame | None = None
        self._synced = 0
        self.state = WorksState(writer.state.file)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")

    def write(self) -> None:
        """Writes the works, and then what was added and removed meanwhile, until little of that is left."""
        self._file.truncate(0)  # what a killed process left
        self._file.write(HEADER)
        for work_id, frame in self._works:
            self._put(frame, self._source.body(frame), work_id)
        for _ in range(_ROUNDS):
            if self._source.size - self._end <= _LITTLE:
                break
            self._follow()
        self._sync()

    def is_of(self, writer: Writer) -> bool:
        """Tells whether what was copied is still the beginning of the catalogue's file; the lock is held."""
        is_same = writer.manifest == self._manifest and writer.state.file == self.state.file
        is_whole = self._last is None or self._source.holds(self._last)
        return is_same and is_whole and self._end <= writer.state.end

    def finish(self) -> None:
        """Writes the rest; the lock is held."""
        self._follow()
        self._sync()

    def close(self) -> None:
        """Gives up the file, unless it has become that of the catalogue."""
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._file.fileno()), self._part.stat()):
                self._part.unlink()
        with suppress(OSError):
            self._file.close()
        self._source.close()

    def _follow(self) -> None:
        for frame, body, work_id in added_since(self._end, self._part.parent, self._manifest, self._source):
            self._put(frame, body, work_id)
            self._end, self._last = frame.end, frame

    def _put(self, frame: Frame, body: memoryview, work_id: str) -> None:
        content = to_frame(frame.kind, body, frame.digest)
        self._file.write(content)
        self.state.take(moved(frame, self.state.end), work_id)
        if self.state.end - self._synced > _SYNC_EVERY:
            self._sync()

    def _sync(self) -> None:
        self._file.flush()
        os.fdatasync(self._file.fileno())
        self._synced = self.state.end
