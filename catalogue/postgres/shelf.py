"""Catalogues in a PostgreSQL database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from catalogue.postgres.database import Database
from catalogue.postgres.reading import PostgresReader
from catalogue.postgres.tables import names_of
from catalogue.postgres.writing import PostgresWriter, open_postgres_writer
from catalogue.reader import Reader
from catalogue.work import work_from_bytes


class PostgresShelf:
    """The catalogues of a PostgreSQL database with pgvector."""

    def __init__(self, url: str) -> None:
        """Remembers where; the first question connects.

        Raises:
            InvalidPlace: When the address cannot be read.
        """
        self._database = Database(url)

    @property
    def place(self) -> str:
        """Host and database, without user and password."""
        return self._database.place

    def names(self) -> list[str]:
        """Lists the names of all catalogues, ascending."""
        return self._database.run(names_of)

    def reader(self, name: str) -> PostgresReader:
        """Returns the reader of a catalogue."""
        return PostgresReader(self._database, name)

    def writer(
        self, name: str, *, wait_seconds: float = 0.0, create: bool = True
    ) -> AbstractContextManager[PostgresWriter]:
        """Opens a catalogue for writing; see `open_postgres_writer`."""
        return open_postgres_writer(self._database, name, wait_seconds=wait_seconds, create=create)

    def compact(self, name: str, *, wait_seconds: float = 0.0) -> bool:
        """Does nothing: PostgreSQL clears removed and replaced rows by itself (vacuum)."""
        return False

    def workplace(self) -> Path | None:
        """Returns None: files may be unpacked in any folder."""
        return None

    def adopt(self, folder: Path, name: str) -> None:
        """Makes a catalogue of files, in one transaction."""
        with self.writer(name) as writer, writer.all_or_nothing():
            for body in Reader(folder).view().bodies():
                writer.put(work_from_bytes(body))
