"""A catalogue in a folder, as it was at one moment."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from catalogue.frames import Frame
from catalogue.work import Record, record_from_bytes, reference_from_bytes
from catalogue.works_file import WorksFile
from vision.extractors.features import LocalFeatures
from vision.identification.index import Part
from vision.identification.plain import Colors
from vision.identification.reference import Reference
from vision.identification.votes import Votes, votes_for


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
        file: The file of its works.
        entries: Where each work lies in it, by number.
    """

    name: str
    numbers: Mapping[str, int]
    parts: tuple[Part, ...]
    weights: NDArray[np.float32]
    is_live: NDArray[np.bool_]
    plain: Mapping[int, Colors]
    file: WorksFile = field(repr=False)
    entries: tuple[Frame, ...] = field(repr=False)

    @property
    def is_damaged(self) -> bool:
        """Whether reading a work has shown that the file is damaged."""
        return self.file.is_damaged

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
        return self.file.body(self.entries[number])
