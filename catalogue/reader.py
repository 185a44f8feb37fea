"""The reader of a catalogue: sees what writers append, without being told and without a lock."""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalogue.errors import DamagedCatalogue, UnknownCatalogue
from catalogue.frames import HEADER, WORK, ending_of, frames_in
from catalogue.manifest import MANIFEST, CatalogueManifest, read_manifest
from catalogue.work import Record, record_from_bytes, reference_from_bytes, words_from_bytes
from vision.identification.index import Part, WorkWords, indexed, joined, word_weights
from vision.identification.plain import PLAIN_KEYPOINTS, Colors, colors_of
from vision.identification.reference import Reference, preview_pixels

_MOST_PARTS: Final = 4
_BLOCK_BYTES: Final = 32 * 2**20


@dataclass(frozen=True)
class View:
    """A catalogue as it was at one moment. Safe to share between threads; later changes make a new one.

    Attributes:
        name: Name of the catalogue.
        numbers: Number of each work, by id, in the order in which they were added.
        parts: The inverted file, in parts.
        weights: How telling each word is.
        is_live: Shape (M,), bool: which numbers are works that have not been removed.
        plain: Colours of those that are nearly featureless, by number.
    """

    name: str
    numbers: Mapping[str, int]
    parts: tuple[Part, ...]
    weights: NDArray[np.float32]
    is_live: NDArray[np.bool_]
    plain: Mapping[int, Colors]
    _data: memoryview = field(repr=False)
    _entries: tuple[tuple[int, int], ...] = field(repr=False)

    def reference(self, number: int) -> Reference:
        """Returns what a work is recognised by; its arrays lie in the file."""
        return reference_from_bytes(self.body(number))

    def record(self, number: int) -> Record:
        """Returns the record of a work."""
        return record_from_bytes(self.body(number))

    def body(self, number: int) -> memoryview:
        """Returns a work as it was written."""
        start, length = self._entries[number]
        return self._data[start : start + length]


class Reader:
    """Reads a catalogue, and reads on where something was added."""

    def __init__(self, folder: Path) -> None:
        """Remembers where; the first `view` reads."""
        self._folder = folder
        self._lock = threading.Lock()
        self._manifest_stamp: tuple[int, int] | None = None
        self._view: View | None = None
        self._size = -1
        self._begin(None)

    def view(self) -> View:
        """Returns the catalogue as it is now: two looks at the file system where nothing has changed.

        Raises:
            UnknownCatalogue: When it was taken away.
            IncompatibleCatalogue: When another version made it.
            DamagedCatalogue: When its files are not what was written.
        """
        with self._lock:
            try:
                stamp = (status := (self._folder / MANIFEST).stat()).st_mtime_ns, status.st_ino
                if stamp != self._manifest_stamp:
                    self._begin(read_manifest(self._folder))
                    self._manifest_stamp = stamp
                size = (self._folder / self._manifest.works_file).stat().st_size
            except FileNotFoundError as error:
                self._manifest_stamp = None
                raise UnknownCatalogue(self._folder.name, ()) from error
            if self._view is None or size != self._size:
                self._view = self._read_on()
                self._size = size
            return self._view

    def _begin(self, manifest: CatalogueManifest | None) -> None:
        if manifest is not None:
            self._manifest = manifest
        self._view, self._size, self._end = None, -1, len(HEADER)
        self._entries: list[tuple[int, int]] = []
        self._numbers: dict[str, int] = {}
        self._live: list[bool] = []
        self._parts: list[Part] = []
        self._plain: dict[int, Colors] = {}

    def _read_on(self) -> View:
        path = self._folder / self._manifest.works_file
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if os.pread(descriptor, len(HEADER), 0) != HEADER:
                raise DamagedCatalogue(self._folder, f"{path.name} has another beginning")
            added: dict[int, WorkWords] = {}
            # Copies: a writer that recovers may cut off what lies behind the last whole frame.
            while block := os.pread(descriptor, _BLOCK_BYTES, self._end):
                taken = self._take_frames(memoryview(block), added)
                if not taken:
                    if ending_of(memoryview(block), 0) == "damaged":
                        raise DamagedCatalogue(
                            self._folder, f"{path.name} is damaged behind byte {self._end}"
                        )
                    break
                self._end += taken
            data = memoryview(mmap.mmap(descriptor, self._end, access=mmap.ACCESS_READ))
        finally:
            os.close(descriptor)
        if added:
            self._index(added)
        return View(
            self._folder.name,
            dict(self._numbers),
            tuple(self._parts),
            word_weights(self._parts, max(1, len(self._numbers))),
            np.array(self._live, np.bool_),
            dict(self._plain),
            data,
            tuple(self._entries),
        )

    def _take_frames(self, block: memoryview, added: dict[int, WorkWords]) -> int:
        """Takes the whole frames at the beginning of a block; returns how many bytes they are."""
        end = 0
        for frame in frames_in(block, 0):
            if not frame.holds(block):
                if self._end + frame.end < self._size_now():
                    problem = f"{self._manifest.works_file} is damaged at byte {self._end + frame.start}"
                    raise DamagedCatalogue(self._folder, problem)
                break  # it is being written
            body = block[frame.start : frame.start + frame.length]
            if frame.kind == WORK:
                self._take(record_from_bytes(body).id, self._end + frame.start, frame.length)
                number = len(self._entries) - 1
                added[number] = words_from_bytes(body)
                if len(added[number]) < PLAIN_KEYPOINTS:
                    self._plain[number] = colors_of(preview_pixels(reference_from_bytes(body).preview))
            else:
                self._forget(bytes(body).decode())
            end = frame.end
        return end

    def _size_now(self) -> int:
        return (self._folder / self._manifest.works_file).stat().st_size

    def _take(self, work_id: str, start: int, length: int) -> None:
        self._forget(work_id)
        self._numbers[work_id] = len(self._entries)
        self._entries.append((start, length))
        self._live.append(True)

    def _forget(self, work_id: str) -> None:
        number = self._numbers.pop(work_id, None)
        if number is not None:
            self._live[number] = False
            self._plain.pop(number, None)

    def _index(self, added: dict[int, WorkWords]) -> None:
        """Adds a part, and joins the youngest ones: each entry moves a few times at most."""
        self._parts.append(indexed(added))
        while len(self._parts) > _MOST_PARTS or (
            len(self._parts) > 1 and 2 * len(self._parts[-1]) > len(self._parts[-2])
        ):
            youngest = self._parts.pop()
            self._parts[-1] = joined(self._parts[-1], youngest)
