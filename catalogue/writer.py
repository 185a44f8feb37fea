"""The writer of a catalogue: one at a time, and nothing is ever half written."""

from __future__ import annotations

import fcntl
import mmap
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from catalogue.errors import CatalogueInUse, CatalogueNotWritten, DamagedCatalogue, UnknownWork
from catalogue.frames import HEADER, REMOVAL, WORK, ending_of, frames_in, to_frame
from catalogue.manifest import (
    MANIFEST,
    CatalogueManifest,
    check_name,
    new_manifest,
    read_manifest,
    sync_folder,
    write_manifest,
)
from catalogue.work import Record, Work, record_from_bytes, reference_from_bytes, to_bytes

LOCK: Final = "lock"
_PAUSE_S: Final = 0.02


@contextmanager
def open_writer(root: Path, name: str, *, wait_seconds: float = 0.0, create: bool = True) -> Iterator[Writer]:
    """Opens a catalogue for writing; cuts off what a killed writer left half written.

    Args:
        root: The folder of all catalogues.
        name: Which one.
        wait_seconds: How long to wait for another writer.
        create: Whether to make it where it does not exist.

    Raises:
        InvalidCatalogueName: When a new one cannot have that name.
        CatalogueInUse: When another process writes to it.
        IncompatibleCatalogue: When another version made it.
        DamagedCatalogue: When its files are not what was written.
    """
    folder = root / check_name(name)
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, wait_seconds):
        if not (folder / MANIFEST).exists():
            _begin(folder)
        writer = Writer(folder, read_manifest(folder))
        try:
            yield writer
        finally:
            writer.close()


class Writer:
    """Adds and removes works. Use `open_writer`, which holds the lock.

    Attributes:
        records: The records of all works, by id.
    """

    def __init__(self, folder: Path, manifest: CatalogueManifest) -> None:
        self._folder = folder
        self._open(manifest)

    def _open(self, manifest: CatalogueManifest) -> None:
        self._manifest = manifest
        self._file = os.open(self._folder / manifest.works_file, os.O_RDWR)
        self.records: dict[str, Record] = {}
        self._entries: dict[str, tuple[int, int]] = {}
        self._dead_bytes = 0
        try:
            self._end = self._recover()
        except BaseException:
            os.close(self._file)
            raise

    @property
    def dead_share(self) -> float:
        """Share of the file that is taken by removed and replaced works, 0 to 1."""
        return self._dead_bytes / self._end

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id.

        Args:
            work: The work.
            sync: Whether to wait until it outlasts a power cut; `sync` does it for many at once.

        Raises:
            CatalogueNotWritten: When the file system refuses; nothing has changed then.
        """
        self._append(WORK, to_bytes(work), sync=sync)
        self._note(WORK, work.record)

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference.

        Raises:
            UnknownWork: When there is none of its id.
            CatalogueNotWritten: When the file system refuses.
        """
        start, length = self._entry(record.id)
        body = memoryview(os.pread(self._file, length, start))
        known = self.records[record.id]
        kept = replace(record, reference=known.reference, score=known.score)
        self.put(Work(kept, reference_from_bytes(body)))

    def remove(self, work_id: str) -> None:
        """Removes a work.

        Raises:
            UnknownWork: When there is none of that id.
            CatalogueNotWritten: When the file system refuses.
        """
        self._entry(work_id)
        record = Record(work_id)
        self._append(REMOVAL, work_id.encode(), sync=True)
        self._note(REMOVAL, record)

    def sync(self) -> None:
        """Waits until everything outlasts a power cut."""
        os.fdatasync(self._file)

    def compact(self) -> None:
        """Writes the works that are left into a new file; readers go over to it by themselves.

        Raises:
            CatalogueNotWritten: When the file system refuses; the old file is kept then.
        """
        manifest = self._manifest.model_copy(update={"generation": self._manifest.generation + 1})
        path = self._folder / manifest.works_file
        try:
            with path.open("wb") as file:
                file.write(HEADER)
                for start, length in self._entries.values():
                    file.write(to_frame(WORK, os.pread(self._file, length, start)))
                file.flush()
                os.fsync(file.fileno())
            write_manifest(self._folder, manifest)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise CatalogueNotWritten(self._folder, _told(error)) from error
        old = self._folder / self._manifest.works_file
        self.close()
        self._open(manifest)
        old.unlink(missing_ok=True)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)

    def _entry(self, work_id: str) -> tuple[int, int]:
        try:
            return self._entries[work_id]
        except KeyError:
            raise UnknownWork(self._folder.name, work_id, self._entries) from None

    def _append(self, kind: int, body: bytes, *, sync: bool) -> None:
        frame = to_frame(kind, body)
        try:
            written = 0
            while written < len(frame):
                written += os.pwrite(self._file, frame[written:], self._end + written)
            if sync:
                os.fdatasync(self._file)
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise CatalogueNotWritten(self._folder, _told(error)) from error
        self._last = (self._end, len(frame), len(body))
        self._end += len(frame)

    def _note(self, kind: int, record: Record) -> None:
        start, size, length = self._last
        self._take(kind, record, start + size - length - -length % 8, length)

    def _take(self, kind: int, record: Record, start: int, length: int) -> None:
        before = self._entries.pop(record.id, None)
        self.records.pop(record.id, None)
        if before is not None:
            self._dead_bytes += before[1]
        if kind == WORK:
            self._entries[record.id] = (start, length)
            self.records[record.id] = record

    def _recover(self) -> int:
        """Reads which works there are, and cuts off an unfinished one; returns the end of the file."""
        size = os.fstat(self._file).st_size
        if size < len(HEADER):
            raise DamagedCatalogue(self._folder, f"{self._manifest.works_file} has no beginning")
        with mmap.mmap(self._file, size, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
            end = len(HEADER)
            last = None
            for frame in frames_in(data, end):
                with data[frame.start : frame.start + frame.length] as body:
                    record = record_from_bytes(body) if frame.kind == WORK else Record(bytes(body).decode())
                self._take(frame.kind, record, frame.start, frame.length)
                last, end = frame, frame.end
            if ending_of(data, end) == "damaged" or (last is not None and not last.holds(data)):
                raise DamagedCatalogue(
                    self._folder,
                    f"{self._manifest.works_file} is damaged behind byte {last.start if last else end}",
                )
        if end < size:
            os.ftruncate(self._file, end)
        return end


def unchanged(records: Mapping[str, Record], record: Record) -> bool:
    """Tells whether a catalogue has a record already, made from the same reference."""
    known = records.get(record.id)
    return known is not None and (known.facts, known.reference) == (record.facts, record.reference)


def _begin(folder: Path) -> None:
    manifest = new_manifest()
    try:
        with (folder / manifest.works_file).open("wb") as file:
            file.write(HEADER)
            file.flush()
            os.fsync(file.fileno())
        write_manifest(folder, manifest)
        sync_folder(folder.parent)
    except OSError as error:
        raise CatalogueNotWritten(folder, _told(error)) from error


@contextmanager
def _locked(folder: Path, wait_seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + wait_seconds
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CatalogueInUse(folder.name) from None
                time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(descriptor)


def _told(error: OSError) -> str:
    return error.strerror or str(error)
