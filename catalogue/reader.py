"""Reads a catalogue, and what writers append to it meanwhile, without a lock."""

from __future__ import annotations

import os
import struct
import threading
import time
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Final

import numpy as np

from catalogue.commits import check_end, committed_at, read_committed
from catalogue.errors import CatalogueError, DamagedCatalogue, UnknownCatalogue
from catalogue.frames import HEADER, WORK, Frame
from catalogue.manifest import MANIFEST, read_manifest
from catalogue.snapshot import Snapshot, drop_snapshot, read_snapshot, write_snapshot
from catalogue.view import View
from catalogue.work import record_from_bytes, reference_from_bytes, words_from_bytes
from catalogue.works_file import WorksFile
from vision.identification.index import Part, WorkWords, indexed, joined, renumbered
from vision.identification.plain import PLAIN_KEYPOINTS, Colors, colors_of
from vision.identification.reference import preview_pixels
from vision.identification.votes import word_weights

_MOST_PARTS: Final = 4
_KEEP_FROM_BYTES: Final = 32 * 2**20
"""Some 600 works, which are read in a fifth of a second of processor time."""
_KEPT_SHARE: Final = 8
"""Of what a snapshot has, so much must be new before another one is worth writing."""
_SETTLED_NS: Final = 2 * 10**9
"""Age of a change after which the file's time would show another one: clocks of file systems are coarse."""
_PATIENCE_S: Final = 0.25
"""How long to wait for what another thread reads, where there is a view of before."""
Stamp = tuple[int, int, int]


class Reader:
    """Reads a catalogue; when something was added it reads that alone.

    Args:
        folder: The catalogue; the first `view` reads it.
        keep_from_bytes: Bytes of works from which a snapshot of them is worth writing.
    """

    def __init__(self, folder: Path, keep_from_bytes: int = _KEEP_FROM_BYTES) -> None:
        self._folder = folder
        self._keep_from_bytes = keep_from_bytes
        self._trusts_snapshots = True
        self._lock = threading.Lock()
        self._manifest_stamp: tuple[int, int] | None = None
        self._damage: tuple[Stamp, int, str] | None = None
        self._told: View | None = None
        self._left: View | None = None
        self._reset()

    def _reset(self) -> None:
        self._view: View | None = None
        self._stamp: Stamp = (0, 0, 0)
        self._last: Frame | None = None
        self._kept_end = len(HEADER)
        self._entries: list[Frame] = []
        self._numbers: dict[str, int] = {}
        self._live: list[bool] = []
        self._parts: list[Part] = []
        self._plain: dict[int, Colors] = {}

    def view(self) -> View:
        """Returns the catalogue as it is now; costs two calls of `stat` where nothing has changed.

        While another thread reads much that is new it returns the catalogue as it was before.

        Raises:
            UnknownCatalogue: When it was removed.
            IncompatibleCatalogue: When another version made it.
            DamagedCatalogue: When its files are damaged; they are read again when they change.
        """
        before = self._told
        if before is None:
            self._lock.acquire()
        elif not self._lock.acquire(timeout=_PATIENCE_S):
            return before
        try:
            self._told = view = self._current()
            return view
        except CatalogueError:
            self._told = None
            raise
        finally:
            self._lock.release()

    def _current(self) -> View:
        try:
            return self._view_now()
        except (FileNotFoundError, NotADirectoryError):
            self._manifest_stamp = None  # a writer has begun another file, or the catalogue was removed
        except OSError as error:
            raise DamagedCatalogue(self._folder, error.strerror or str(error)) from error
        try:
            return self._view_now()
        except OSError as error:
            self._manifest_stamp = None
            if (self._folder / MANIFEST).is_file():
                raise DamagedCatalogue(self._folder, "the file of its works is missing") from error
            raise UnknownCatalogue(self._folder.name, ()) from error

    def _view_now(self) -> View:
        status = (self._folder / MANIFEST).stat()
        stamp = status.st_mtime_ns, status.st_ino
        if stamp != self._manifest_stamp:
            self._manifest, self._manifest_stamp = read_manifest(self._folder), stamp
            self._go_over()
        path = self._folder / self._manifest.works_file
        status = path.stat()
        now = status.st_ino, status.st_size, status.st_ctime_ns
        if self._view is not None and now[:2] == self._stamp[:2] and not self._view.is_damaged:
            return self._view
        if self._damage is not None and time.time_ns() - now[2] > _SETTLED_NS:
            *seen, problem = self._damage
            if seen == [now, committed_at(self._folder)]:
                raise DamagedCatalogue(self._folder, problem)
        is_another = self._view is not None and (self._view.is_damaged or now[0] != self._stamp[0])
        if is_another or now[1] < self._end:
            if self._view is not None and self._view.is_damaged:
                self._trusts_snapshots = False
            self._reset()
        self._view = self._read(path, now)
        self._stamp = now
        return self._view

    @property
    def _end(self) -> int:
        return len(HEADER) if self._last is None else self._last.end

    def keep(self) -> None:
        """Keeps what was read for the next process, where reading it again would take long.

        It may take seconds. Where nothing can be written nothing happens.
        """
        self._left = None  # the system takes long to clear the last use of a large file that was removed
        with self._lock:
            view, last, parts = self._view, self._last, list(self._parts)
            due = max(self._keep_from_bytes, self._kept_end // _KEPT_SHARE)
            if view is None or view.is_damaged or last is None or not parts:
                return
            if last.end - self._kept_end < due:
                return
            manifest, self._kept_end = self._manifest, last.end
        kept = Snapshot(last, view.entries, view.numbers, reduce(joined, parts), view.plain)
        with suppress(OSError):
            os.fdatasync(view.file.descriptor)  # a power cut leaves no snapshot of works that are not there
            write_snapshot(self._folder, manifest, kept)

    def _read(self, path: Path, now: Stamp) -> View:
        file = WorksFile(path)
        if self._last is None and self._trusts_snapshots:
            self._start_with(read_snapshot(self._folder, self._manifest, file))
        is_continued = self._last is not None
        try:
            return self._read_on(file)
        except DamagedCatalogue as error:
            self._reset()
            self._trusts_snapshots = False
            if is_continued:  # what was read before may have been cut off, and other works written there
                return self._read(path, now)
            drop_snapshot(self._folder)
            self._damage = now, committed_at(self._folder), error.details["problem"]
            raise

    def _start_with(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        self._last, self._kept_end = snapshot.last, snapshot.last.end
        self._entries, self._numbers = list(snapshot.entries), dict(snapshot.numbers)
        self._parts, self._plain = [snapshot.part], dict(snapshot.plain)
        is_live = np.zeros(len(self._entries), np.bool_)
        is_live[list(self._numbers.values())] = True
        self._live = is_live.tolist()

    def _go_over(self) -> None:
        """Goes over to the file of the manifest: works that were read from the one before are known there."""
        before, numbers, entries, parts, plain = (
            self._view,
            self._numbers,
            self._entries,
            self._parts,
            self._plain,
        )
        self._reset()
        if before is None or before.is_damaged or not self._trusts_snapshots:
            return
        self._left = before
        ids = {entries[number].digest: work_id for work_id, number in numbers.items()}
        with suppress(OSError, DamagedCatalogue):
            for frame in WorksFile(self._folder / self._manifest.works_file).heads(len(HEADER)):
                work_id = ids.pop(frame.digest, None)
                if work_id is None:  # it was added meanwhile, and is read as ever
                    break
                self._numbers[work_id] = len(self._entries)
                self._entries.append(frame)
                self._last = frame
        places = np.full(len(entries), -1, np.int32)
        places[[numbers[work_id] for work_id in self._numbers]] = np.arange(len(self._entries))
        self._live = [True] * len(self._entries)
        self._parts = list(filter(len, (renumbered(part, places) for part in parts)))
        self._plain = {int(places[number]): each for number, each in plain.items() if places[number] >= 0}

    def _read_on(self, file: WorksFile) -> View:
        added: dict[int, WorkWords] = {}
        committed = read_committed(self._folder, self._manifest)
        for frame, body in file.entries(self._end):
            try:
                self._take_entry(frame, body, added)
            except (ValueError, TypeError, struct.error) as error:
                problem = f"{self._manifest.works_file}: the entry at byte {frame.start} cannot be read"
                raise DamagedCatalogue(self._folder, problem) from error
            self._last = frame
        check_end(self._folder, self._manifest, self._end, committed)
        if added:
            self._index(added)
        return View(
            self._folder.name,
            dict(self._numbers),
            tuple(self._parts),
            word_weights(self._parts, max(1, len(self._numbers))),
            np.array(self._live, np.bool_),
            dict(self._plain),
            file,
            tuple(self._entries),
        )

    def _take_entry(self, frame: Frame, body: memoryview, added: dict[int, WorkWords]) -> None:
        if frame.kind != WORK:
            self._forget(bytes(body).decode())
            return
        number = len(self._entries)
        added[number] = _copied(words_from_bytes(body))  # or all that was read stays in memory until the end
        if len(added[number]) < PLAIN_KEYPOINTS:
            self._plain[number] = colors_of(preview_pixels(reference_from_bytes(body).preview))
        self._take(record_from_bytes(body).id, frame)

    def _take(self, work_id: str, frame: Frame) -> None:
        self._forget(work_id)
        self._numbers[work_id] = len(self._entries)
        self._entries.append(frame)
        self._live.append(True)

    def _forget(self, work_id: str) -> None:
        number = self._numbers.pop(work_id, None)
        if number is not None:
            self._live[number] = False
            self._plain.pop(number, None)

    def _index(self, added: dict[int, WorkWords]) -> None:
        """Adds a part to the inverted file, and joins the newest: each entry moves a few times at most."""
        self._parts.append(indexed(added))
        while len(self._parts) > _MOST_PARTS or (
            len(self._parts) > 1 and 2 * len(self._parts[-1]) > len(self._parts[-2])
        ):
            newest = self._parts.pop()
            self._parts[-1] = joined(self._parts[-1], newest)


def _copied(words: WorkWords) -> WorkWords:
    return WorkWords(words.words.copy(), words.signatures.copy(), words.turns.copy(), words.octaves.copy())
