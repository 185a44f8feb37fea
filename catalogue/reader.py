"""Reads a catalogue, and what writers append to it meanwhile, without a lock."""

from __future__ import annotations

import heapq
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalogue.commits import check_end, committed_at, read_committed
from catalogue.errors import DamagedCatalogue, UnknownCatalogue
from catalogue.frames import HEADER, WORK, Frame
from catalogue.manifest import MANIFEST, read_manifest
from catalogue.work import Record, record_from_bytes, reference_from_bytes, words_from_bytes
from catalogue.works_file import WorksFile
from vision.extractors.features import LocalFeatures
from vision.identification.index import Part, Votes, WorkWords, indexed, joined, votes_for, word_weights
from vision.identification.plain import PLAIN_KEYPOINTS, Colors, colors_of
from vision.identification.reference import Reference, preview_pixels

_MOST_PARTS: Final = 4
_SETTLED_NS: Final = 2 * 10**9
"""Age of a change after which the file's time would show another one: clocks of file systems are coarse."""
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class View:
    """A catalogue as it was at one moment. Safe to share between threads; later changes make a new one.

    Attributes:
        name: Name of the catalogue.
        numbers: Number of each work, by id, in the order in which they were added.
        parts: The inverted file, in parts.
        weights: Weight of each word: rare words count more.
        is_live: Shape (M,), bool: which numbers are works that have not been removed.
        plain: Colours of those that are nearly featureless, by number.
    """

    name: str
    numbers: Mapping[str, int]
    parts: tuple[Part, ...]
    weights: NDArray[np.float32]
    is_live: NDArray[np.bool_]
    plain: Mapping[int, Colors]
    _file: WorksFile = field(repr=False)
    _entries: tuple[Frame, ...] = field(repr=False)

    @property
    def is_damaged(self) -> bool:
        """Whether reading a work has shown that the file is damaged."""
        return self._file.is_damaged

    @property
    def is_empty(self) -> bool:
        """Whether it has no works."""
        return not self.numbers

    @property
    def missing(self) -> str:
        """Empty: all of it is in one place."""
        return ""

    @property
    def count(self) -> int:
        """How many works it has."""
        return len(self.numbers)

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""
        return self.numbers.get(work_id)

    def records(self) -> Iterator[Record]:
        """Yields all records, in the order in which the works were added."""
        return map(self.record, self.numbers.values())

    def page(self, last: str, most: int) -> list[Record]:
        """Returns the records of the works with the next ids behind `last`, ascending; "" is before all."""
        ids = heapq.nsmallest(most, (each for each in self.numbers if not last or each > last))
        return [self.record(self.numbers[each]) for each in ids]

    def bodies(self) -> Iterator[memoryview]:
        """Yields the works as they were written, in the order in which they were added."""
        return map(self.body, self.numbers.values())

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for works."""
        return votes_for(features, max(size_px), self.parts, self.weights, self.is_live)

    def reference(self, number: int) -> Reference:
        """Returns the reference of a work."""
        return reference_from_bytes(self.body(number))

    def record(self, number: int) -> Record:
        """Returns the record of a work."""
        return record_from_bytes(self.body(number))

    def body(self, number: int) -> memoryview:
        """Returns a work as it was written.

        Raises:
            DamagedCatalogue: When it is not in the file any more.
        """
        return self._file.body(self._entries[number])


class Reader:
    """Reads a catalogue; when something was added it reads that alone."""

    def __init__(self, folder: Path) -> None:
        """Remembers the folder; the first `view` reads it."""
        self._folder = folder
        self._lock = threading.Lock()
        self._manifest_stamp: tuple[int, int] | None = None
        self._damage: tuple[Stamp, int, str] | None = None
        self._reset()

    def _reset(self) -> None:
        self._view: View | None = None
        self._stamp: Stamp = (0, 0, 0)
        self._end = len(HEADER)
        self._entries: list[Frame] = []
        self._numbers: dict[str, int] = {}
        self._live: list[bool] = []
        self._parts: list[Part] = []
        self._plain: dict[int, Colors] = {}

    def view(self) -> View:
        """Returns the catalogue as it is now; costs two calls of `stat` where nothing has changed.

        Raises:
            UnknownCatalogue: When it was removed.
            IncompatibleCatalogue: When another version made it.
            DamagedCatalogue: When its files are damaged; they are read again when they change.
        """
        with self._lock:
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
            self._manifest = read_manifest(self._folder)
            self._manifest_stamp = stamp
            self._reset()
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
            self._reset()
        self._view = self._read(path, now)
        self._stamp = now
        return self._view

    def _read(self, path: Path, now: Stamp) -> View:
        is_continued = self._end > len(HEADER)
        try:
            return self._read_on(WorksFile(path))
        except DamagedCatalogue as error:
            self._reset()
            if is_continued:  # what was read before may have been cut off, and other works written there
                return self._read(path, now)
            self._damage = now, committed_at(self._folder), error.details["problem"]
            raise

    def _read_on(self, file: WorksFile) -> View:
        added: dict[int, WorkWords] = {}
        committed = read_committed(self._folder, self._manifest)
        for frame, body in file.entries(self._end):
            try:
                self._take_entry(frame, body, added)
            except (ValueError, TypeError, struct.error) as error:
                problem = f"{self._manifest.works_file}: the entry at byte {frame.start} cannot be read"
                raise DamagedCatalogue(self._folder, problem) from error
            self._end = frame.end
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
        added[number] = words_from_bytes(body)
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
