"""Writes a catalogue: one process at a time, each change completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from catalogue.commits import COMMITTED, write_committed
from catalogue.errors import CatalogueNotWritten, DamagedCatalogue, UnknownCatalogue, UnknownWork
from catalogue.frames import HEADER, REMOVAL, WORK, Frame, frame_of, to_frame
from catalogue.locking import LOCK, locked
from catalogue.manifest import (
    MANIFEST,
    CatalogueManifest,
    check_name,
    new_manifest,
    read_manifest,
    sync_folder,
    write_manifest,
)
from catalogue.recovery import WorksState, identity_of, recover_works
from catalogue.repository import list_catalogues
from catalogue.snapshot import drop_snapshot
from catalogue.work import Record, Work, record_from_bytes, reference_from_bytes, to_bytes
from catalogue.works_file import WorksFile


@contextmanager
def open_writer(
    root: Path,
    name: str,
    *,
    wait_seconds: float = 0.0,
    create: bool = True,
    states: MutableMapping[str, WorksState] | None = None,
) -> Iterator[Writer]:
    """Opens a catalogue for writing; cuts off what a killed writer left half written.

    Args:
        root: The folder of all catalogues.
        name: Which one.
        wait_seconds: How long to wait for another writer.
        create: Whether to make it if it does not exist.
        states: State of each catalogue, by name; kept from one writer to the next, it saves reading again.

    Raises:
        InvalidCatalogueName: When a new one cannot have that name.
        UnknownCatalogue: When it does not exist and `create` is false.
        CatalogueInUse: When another process writes to it.
        IncompatibleCatalogue: When another version made it.
        DamagedCatalogue: When its files are damaged; they stay as they are.
        CatalogueNotWritten: When a new one cannot be begun; nothing is left of it then.
    """
    folder = root / check_name(name)
    if not create and name not in (known := list_catalogues(root)):
        raise UnknownCatalogue(name, known)
    with locked(folder, wait_seconds):
        is_new = not (folder / MANIFEST).exists()
        if is_new and not create:
            _withdraw(folder)
            raise UnknownCatalogue(name, list_catalogues(root))
        if is_new:
            _begin(folder)
        kept = {} if states is None else states
        writer = Writer(folder, _manifest_of(folder), kept.pop(name, None))
        kept[name] = writer.state  # kept up to date, whatever happens
        try:
            yield writer
        except BaseException as error:
            if isinstance(error, DamagedCatalogue):
                del kept[name]
                drop_snapshot(folder)
            if is_new and not writer.records:
                _withdraw(folder)
            raise
        else:
            kept[name] = writer.state  # of another file, where it has gone over to one
        finally:
            writer.close()


class Writer:
    """Adds and removes works. Use `open_writer`, which holds the lock.

    Attributes:
        manifest: Which file, and how its references were described.
        state: The works in it.
    """

    def __init__(self, folder: Path, manifest: CatalogueManifest, before: WorksState | None = None) -> None:
        self._folder = folder
        self.manifest = manifest
        try:
            self._file = WorksFile(folder / manifest.works_file, os.O_RDWR)
        except FileNotFoundError as error:
            raise DamagedCatalogue(folder, f"{manifest.works_file} is missing") from error
        self.state = recover_works(folder, manifest, self._file, before)

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all works, by id; each is read when it is asked for."""
        return _Records(self._file, self.state.entries)

    @property
    def dead_share(self) -> float:
        """Share of the file that is taken by removed and replaced works, 0 to 1."""
        return self.state.dead_bytes / self.state.end

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id.

        Args:
            work: The work.
            sync: Whether to wait until it is on disk; `sync` does that for many works at once.

        Raises:
            CatalogueNotWritten: When the file system refuses; nothing has changed then.
        """
        self._append(WORK, to_bytes(work), work.record.id, sync=sync)

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference.

        Raises:
            UnknownWork: When there is none of its id.
            CatalogueNotWritten: When the file system refuses.
            DamagedCatalogue: When its reference is damaged.
        """
        body = self._file.body(self._entry(record.id))
        known = record_from_bytes(body)
        kept = replace(record, reference=known.reference, score=known.score)
        self.put(Work(kept, reference_from_bytes(body)))

    def remove(self, work_id: str) -> None:
        """Removes a work.

        Raises:
            UnknownWork: When there is none of that id.
            CatalogueNotWritten: When the file system refuses.
        """
        self._entry(work_id)
        self._append(REMOVAL, work_id.encode(), work_id, sync=True)

    def sync(self) -> None:
        """Waits until all changes are on disk.

        Raises:
            CatalogueNotWritten: When the file system refuses.
        """
        try:
            os.fdatasync(self._file.descriptor)
        except OSError as error:
            raise CatalogueNotWritten(self._folder, _problem(error)) from error
        self._commit()

    def go_over_to(self, part: Path, state: WorksState) -> None:
        """Makes a file that has the same works, and is on disk, that of the catalogue.

        Args:
            part: The file; it takes the name of the next generation.
            state: The works in it.

        Raises:
            CatalogueNotWritten: When the file system refuses; the old file is kept then.
        """
        before = self._folder / self.manifest.works_file
        manifest = self.manifest.model_copy(update={"generation": self.manifest.generation + 1})
        path = self._folder / manifest.works_file
        try:
            part.replace(path)
            file = WorksFile(path, os.O_RDWR)
            sync_folder(self._folder)
            write_manifest(self._folder, manifest)
        except BaseException as error:
            with suppress(OSError):
                path.unlink()
            if isinstance(error, OSError):
                raise CatalogueNotWritten(self._folder, _problem(error)) from error
            raise
        self.close()
        self.manifest, self._file, self.state = manifest, file, state
        state.file = identity_of(self._folder, file)
        # If this fails, a power cut brings the old names back; the old file is still there then.
        drop_snapshot(self._folder)
        with suppress(OSError):
            sync_folder(self._folder)
            self._commit()
            before.unlink()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _entry(self, work_id: str) -> Frame:
        try:
            return self.state.entries[work_id]
        except KeyError:
            raise UnknownWork(self._folder.name, work_id, self.state.entries) from None

    def _append(self, kind: int, body: bytes, work_id: str, *, sync: bool) -> None:
        content, descriptor, end = to_frame(kind, body), self._file.descriptor, self.state.end
        try:
            written = 0
            while written < len(content):
                written += os.pwrite(descriptor, content[written:], end + written)
            if sync:
                os.fdatasync(descriptor)
        except OSError as error:
            with suppress(OSError):  # readers pass over what is left, and the next writer cuts it off
                os.ftruncate(descriptor, end)
            raise CatalogueNotWritten(self._folder, _problem(error)) from error
        self.state.take(frame_of(content, end), work_id)
        if sync:
            self._commit()

    def _commit(self) -> None:
        with suppress(OSError):  # the works are there; the next commit says so
            write_committed(self._folder, self.manifest, self.state.end)


@dataclass(frozen=True)
class _Records(Mapping[str, Record]):
    """Records by id, each read from the file."""

    file: WorksFile
    entries: Mapping[str, Frame]

    def __getitem__(self, work_id: str) -> Record:
        return record_from_bytes(self.file.body(self.entries[work_id]))

    def __contains__(self, work_id: object) -> bool:
        return work_id in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def unchanged(records: Mapping[str, Record], record: Record) -> bool:
    """Tells whether a catalogue has a record already, made from the same reference."""
    known = records.get(record.id)
    return known is not None and (known.facts, known.reference) == (record.facts, record.reference)


def _manifest_of(folder: Path) -> CatalogueManifest:
    try:
        return read_manifest(folder)
    except FileNotFoundError as error:
        raise DamagedCatalogue(folder, f"{MANIFEST} is missing") from error


def _begin(folder: Path) -> None:
    """Begins a catalogue, unless works are there whose manifest was lost."""
    manifest = new_manifest()
    try:
        for works in folder.glob("works-*.log"):
            if works.stat().st_size > len(HEADER):
                raise DamagedCatalogue(folder, f"{MANIFEST} is missing, and {works.name} is there")
        _begin_file(folder / manifest.works_file)
        write_manifest(folder, manifest)
        sync_folder(folder)
        sync_folder(folder.parent)
    except OSError as error:
        _withdraw(folder)
        raise CatalogueNotWritten(folder, _problem(error)) from error


def _withdraw(folder: Path) -> None:
    """Removes a catalogue that has no works yet; the lock is held."""
    works = folder / new_manifest().works_file
    with suppress(OSError):
        for name in (MANIFEST, COMMITTED):
            (folder / name).unlink(missing_ok=True)
        if works.exists() and works.stat().st_size <= len(HEADER):
            works.unlink()
        (folder / LOCK).unlink(missing_ok=True)
        folder.rmdir()


def _begin_file(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEADER)
        file.flush()
        os.fsync(file.fileno())


def _problem(error: OSError) -> str:
    return error.strerror or str(error)
