"""The interface of places where catalogues are kept, for commands and services.

A folder is the default, with nothing to install or to start (`catalogue.folders`); for more than one machine
there are databases (`catalogue.postgres`, `catalogue.qdrant`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from catalogue.work import Record, Work
from vision.identification import Works

MOST_DEAD: Final = 0.5
"""Share of the space that removed and replaced works may take."""


class CatalogueView(Works, Protocol):
    """A catalogue while one question is answered; numbers of works are valid for that long."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def missing(self) -> str:
        """The parts of it that do not answer, and why: their works are not found. Empty where all do."""

    @property
    def count(self) -> int:
        """How many works it has."""

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""

    def record(self, number: int) -> Record:
        """Returns the record of a work."""

    def records(self) -> Iterator[Record]:
        """Yields all records, in the order in which the works were added."""

    def page(self, last: str, most: int) -> list[Record]:
        """Returns the records of the works with the next ids behind `last`, ascending; "" is before all."""

    def bodies(self) -> Iterator[memoryview]:
        """Yields the works as they were written, in the order in which they were added."""


class CatalogueReader(Protocol):
    """Gives a catalogue as it is now."""

    def view(self) -> CatalogueView:
        """Returns it, with everything that was changed before.

        Raises:
            CatalogueError: When it was removed, or cannot be read or reached.
        """

    def keep(self) -> None:
        """Keeps what was read, where the next process would need long to read it again; may take seconds."""


class CatalogueWriter(Protocol):
    """Adds and removes works."""

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all works, by id."""

    @property
    def dead_share(self) -> float:
        """Share of the space that removed and replaced works take, 0 to 1; `Shelf.compact` frees it."""

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id."""

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference."""

    def remove(self, work_id: str) -> None:
        """Removes a work."""

    def sync(self) -> None:
        """Waits until all changes are on disk."""


class Shelf(Protocol):
    """A place of catalogues."""

    @property
    def place(self) -> str:
        """Its name in messages, without passwords."""

    def names(self) -> list[str]:
        """Lists the names of all catalogues, ascending; empty where there are none.

        Raises:
            CatalogueUnreachable: When the place does not answer.
        """

    def reader(self, name: str) -> CatalogueReader:
        """Returns the reader of a catalogue; its first `view` reads."""

    def writer(
        self, name: str, *, wait_seconds: float = 0.0, create: bool = True
    ) -> AbstractContextManager[CatalogueWriter]:
        """Opens a catalogue for writing; one process writes at a time.

        Args:
            name: Which one.
            wait_seconds: How long to wait for another writer.
            create: Whether to make it if it does not exist.
        """

    def compact(self, name: str, *, wait_seconds: float = 0.0) -> bool:
        """Frees the space of removed and replaced works where they take more than `MOST_DEAD`.

        It may take seconds; others find, add and remove works meanwhile.

        Args:
            name: Which catalogue.
            wait_seconds: How long to wait for another writer.

        Returns:
            Whether anything was freed.

        Raises:
            CatalogueError: When it cannot be done; everything is what it was then.
        """

    def workplace(self) -> Path | None:
        """Returns the folder in which the files for `adopt` must be prepared; None for any folder."""

    def adopt(self, folder: Path, name: str) -> None:
        """Makes a catalogue of files that have been checked; all of it is visible at once."""
