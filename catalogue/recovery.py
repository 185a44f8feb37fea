"""Reads the state of a file of works for its writer: all of it, or what was added since it was last read."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.commits import check_end, read_committed
from catalogue.errors import CatalogueNotWritten, DamagedCatalogue
from catalogue.frames import HEADER, WORK, Frame
from catalogue.manifest import MANIFEST, CatalogueManifest
from catalogue.snapshot import Snapshot, drop_snapshot, read_snapshot
from catalogue.work import record_from_bytes
from catalogue.works_file import WorksFile


@dataclass
class WorksState:
    """The works of a file up to a byte in it.

    Attributes:
        file: Identity of the file: inode and time of the manifest, device and inode of the file itself.
        end: Byte up to which its entries are known.
        dead_bytes: Bytes of removed and replaced works.
        entries: The frame of each work, by id.
    """

    file: tuple[int, int, int, int]
    end: int = len(HEADER)
    dead_bytes: int = 0
    entries: dict[str, Frame] = field(default_factory=dict)

    def take(self, frame: Frame, work_id: str) -> None:
        """Adds the entry at the end: a work, which may replace another one, or the removal of a work."""
        before = self.entries.pop(work_id, None)
        if before is not None:
            self.dead_bytes += before.length
        if frame.kind == WORK:
            self.entries[work_id] = frame
        self.end = frame.end


def recover_works(
    folder: Path, manifest: CatalogueManifest, file: WorksFile, before: WorksState | None = None
) -> WorksState:
    """Reads the works of a catalogue, and cuts off an unfinished entry.

    Every entry is checked once: of the file of an earlier state or a snapshot only those that were added
    since. A damaged file is refused and not written to.

    Args:
        folder: The catalogue's folder.
        manifest: Its manifest.
        file: Its file of works, open for writing; the lock is held.
        before: The state when the lock was last released; None reads everything.

    Raises:
        DamagedCatalogue: When the file is damaged.
        CatalogueNotWritten: When the file system refuses.
    """
    committed = read_committed(folder, manifest)
    nothing = WorksState(identity_of(folder, file))
    if before is not None and before.file == nothing.file and before.end <= file.size:
        state = before
    else:
        state = _state_in(read_snapshot(folder, manifest, file), nothing)
    try:
        for frame, _, work_id in added_since(state.end, folder, manifest, file):
            state.take(frame, work_id)
    except DamagedCatalogue:
        if state is nothing:
            raise
        # What was read before may have been cut off, and other works written there.
        drop_snapshot(folder)
        return recover_works(folder, manifest, file)
    check_end(folder, manifest, state.end, committed)
    try:
        if state.end < file.size:
            os.ftruncate(file.descriptor, state.end)
    except OSError as error:
        raise CatalogueNotWritten(folder, error.strerror or str(error)) from error
    return state


def _state_in(snapshot: Snapshot | None, nothing: WorksState) -> WorksState:
    if snapshot is None:
        return nothing
    entries = {work_id: snapshot.entries[number] for work_id, number in snapshot.numbers.items()}
    dead_bytes = sum(each.length for each in snapshot.entries) - sum(each.length for each in entries.values())
    return WorksState(nothing.file, snapshot.last.end, dead_bytes, entries)


def identity_of(folder: Path, file: WorksFile) -> tuple[int, int, int, int]:
    """Returns the identity of a catalogue's file, as `WorksState` has it."""
    status, named = os.fstat(file.descriptor), (folder / MANIFEST).stat()
    return named.st_ino, named.st_mtime_ns, status.st_dev, status.st_ino


def added_since(
    end: int, folder: Path, manifest: CatalogueManifest, file: WorksFile
) -> Iterator[tuple[Frame, memoryview, str]]:
    """Yields the entries behind a byte, their bodies, and the ids of their works.

    Raises:
        DamagedCatalogue: When the file is damaged.
    """
    for frame, body in file.entries(end):
        try:
            work_id = record_from_bytes(body).id if frame.kind == WORK else bytes(body).decode()
        except (ValueError, TypeError, struct.error) as error:
            problem = f"{manifest.works_file}: the entry at byte {frame.start} cannot be read"
            raise DamagedCatalogue(folder, problem) from error
        yield frame, body, work_id
