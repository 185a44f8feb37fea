"""What views of catalogues in databases share: their numbers of works, the shortlist, and what is cached."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from catalogue.cache import WorkCache
from catalogue.errors import UnknownWork
from catalogue.shortlist import BODY_BYTES, NEAREST, WORDS_BYTES, votes_of
from catalogue.work import Record, record_from_bytes, reference_from_bytes
from vision.extractors.features import LocalFeatures
from vision.identification.reference import Reference
from vision.identification.votes import Votes
from vision.identification.windows import window_vectors


class ViewCaches:
    """What all views of a reader cache."""

    def __init__(self) -> None:
        self.words, self.bodies = WorkCache(WORDS_BYTES), WorkCache(BODY_BYTES)


class DatabaseView(ABC):
    """A catalogue in a database while one question is answered. Its numbers of works are its own, from 0.

    A work has another number in the database, its row, which is never given to another work.

    Attributes:
        name: Name of the catalogue.
    """

    def __init__(self, name: str, caches: ViewCaches) -> None:
        self.name = name
        self._caches = caches
        self._rows: list[int] = []
        self._numbers: dict[int, int] = {}

    @property
    def missing(self) -> str:
        """Empty: all of it is in one place."""
        return ""

    @abstractmethod
    def row_of(self, work_id: str) -> int | None:
        """Returns the row of a work; None where there is none of that id."""

    @abstractmethod
    def search(self, vectors: NDArray[np.float32], most: int) -> list[list[int]]:
        """Finds the works whose references look most like windows of a photo.

        Args:
            vectors: Shape (W, 1024), float32, each of length 1.
            most: Number of works for each.

        Returns:
            Rows for each window, the nearest first.
        """

    @abstractmethod
    def _read(self, rows: list[int], column: Literal["words", "body"]) -> list[tuple[int, bytes]]:
        """Reads a column of works, with their rows; those that were removed or changed are missing."""

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""
        row = self.row_of(work_id)
        return None if row is None else self._numbered(row)

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for the works of the shortlist."""
        found = self.search(window_vectors(features, size_px), NEAREST)
        shortlist = {row for nearest in found for row in nearest}
        words = self._caches.words.fetch(shortlist, lambda missing: self._read(missing, "words"))
        numbered = {self._numbered(row): content for row, content in sorted(words.items())}
        return votes_of(features, size_px, numbered)

    def reference(self, number: int) -> Reference | None:
        """Returns the reference of a work; None where it was removed or changed meanwhile."""
        body = self._body(number)
        return None if body is None else reference_from_bytes(memoryview(body))

    def record(self, number: int) -> Record:
        """Returns the record of a work.

        Raises:
            UnknownWork: When it was removed meanwhile, and is not cached.
        """
        body = self._body(number)
        if body is None:
            raise UnknownWork(self.name, str(number), ())
        return record_from_bytes(memoryview(body))

    def _body(self, number: int) -> bytes | None:
        row = self._rows[number]
        return self._caches.bodies.fetch({row}, lambda missing: self._read(missing, "body")).get(row)

    def _numbered(self, row: int) -> int:
        number = self._numbers.setdefault(row, len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number
