"""What a writer knows of a file of works: all of it, or what was added since it last looked."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.commits import check_end, read_committed
from catalogue.errors import CatalogueNotWritten, DamagedCatalogue
from catalogue.frames import HEADER, WORK, Frame
from catalogue.manifest import MANIFEST, CatalogueManifest
from catalogue.work import Record, record_from_bytes
from catalogue.works_file import WorksFile


@dataclass
class Known:
    """The works of a file up to a place in it.

    Attributes:
        file: Which file: inode and time of the manifest, device and inode of the file itself.
        end: Up to where its entries have been checked.
        dead_bytes: How many of them are taken by removed and replaced works.
        records: The records of all works, by id.
        entries: Where each of them lies.
    """

    file: tuple[int, int, int, int]
    end: int = len(HEADER)
    dead_bytes: int = 0
    records: dict[str, Record] = field(default_factory=dict)
    entries: dict[str, Frame] = field(default_factory=dict)

    def take(self, frame: Frame, record: Record) -> None:
        """Takes the entry at the end: a work, which may replace another, or that one was removed."""
        before = self.entries.pop(record.id, None)
        self.records.pop(record.id, None)
        if before is not None:
            self.dead_bytes += before.length
        if frame.kind == WORK:
            self.entries[record.id] = frame
            self.records[record.id] = record
        self.end = frame.end


def recovered(
    folder: Path, manifest: CatalogueManifest, file: WorksFile, before: Known | None = None
) -> Known:
    """Reads which works there are, and cuts off an unfinished one.

    Every entry is checked, once: where the file is the one that was known before, from there on. Nothing is
    written where an entry is not what was written.

    Args:
        folder: The catalogue.
        manifest: Of it.
        file: Its file of works, open for writing; the lock is held.
        before: What was known when the lock was given back; None for nothing.

    Raises:
        DamagedCatalogue: When the file is not what was written.
        CatalogueNotWritten: When the file system refuses.
    """
    status, named = os.fstat(file.descriptor), (folder / MANIFEST).stat()
    committed = read_committed(folder, manifest)
    known = Known((named.st_ino, named.st_mtime_ns, status.st_dev, status.st_ino))
    if before is not None and before.file == known.file and before.end <= status.st_size:
        known = before
    try:
        _read_on(known, folder, manifest, file)
    except DamagedCatalogue:
        if known is not before:
            raise
        # What was known may have been cut off, and other works written there.
        return recovered(folder, manifest, file)
    check_end(folder, manifest, known.end, committed)
    try:
        if known.end < os.fstat(file.descriptor).st_size:
            os.ftruncate(file.descriptor, known.end)
    except OSError as error:
        raise CatalogueNotWritten(folder, error.strerror or str(error)) from error
    return known


def _read_on(known: Known, folder: Path, manifest: CatalogueManifest, file: WorksFile) -> None:
    for frame, body in file.entries(known.end):
        try:
            record = record_from_bytes(body) if frame.kind == WORK else Record(bytes(body).decode())
        except (ValueError, TypeError, struct.error) as error:
            problem = f"{manifest.works_file}: the entry at byte {frame.start} cannot be read"
            raise DamagedCatalogue(folder, problem) from error
        known.take(frame, record)
