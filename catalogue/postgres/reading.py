"""Reads a catalogue in PostgreSQL: the database makes a shortlist by its vectors, the rest is done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from catalogue.cache import WorkCache
from catalogue.columns import colors_from_bytes
from catalogue.errors import CatalogueUnreachable, UnknownCatalogue, UnknownWork
from catalogue.postgres.database import Connection, Database
from catalogue.postgres.tables import Table, find_table, names_of, to_vector
from catalogue.shortlist import BODY_BYTES, NEAREST, WORDS_BYTES, votes_of
from catalogue.work import Record, record_from_bytes, reference_from_bytes
from vision.extractors.features import LocalFeatures
from vision.identification.plain import Colors
from vision.identification.reference import Reference
from vision.identification.votes import Votes
from vision.identification.windows import window_vectors

_AT_ONCE: Final = 100
"""Works that are read by one statement."""

_SEARCH: Final = """
SELECT asked.place, found.number
FROM unnest(%s::vector[]) WITH ORDINALITY AS asked (vector, place)
CROSS JOIN LATERAL (
    SELECT number, vector <#> asked.vector AS apart FROM {table}
    WHERE vector IS NOT NULL ORDER BY vector <#> asked.vector LIMIT %s
) AS found
ORDER BY asked.place, found.apart
"""
_FETCH_WORDS: Final = "SELECT number, words FROM {table} WHERE number = ANY(%s)"
_FETCH_BODY: Final = "SELECT number, body FROM {table} WHERE number = ANY(%s)"


class PostgresReader:
    """Gives a catalogue as it is now; every server that reads it sees the same works."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._words, self._bodies = WorkCache(WORDS_BYTES), WorkCache(BODY_BYTES)

    def view(self) -> PostgresView:
        """Returns the catalogue.

        Raises:
            UnknownCatalogue: When there is none of that name.
            IncompatibleCatalogue: When another version made it.
            CatalogueUnreachable: When the database does not answer.
        """

        def ask(connection: Connection) -> tuple[Table | None, list[str]]:
            table = find_table(connection, self._database.place, self._name)
            return table, [] if table else names_of(connection)

        table, known = self._database.run(ask)
        if table is None:
            raise UnknownCatalogue(self._name, known)
        return PostgresView(self._name, self._database, table, self._words, self._bodies)

    def keep(self) -> None:
        """Does nothing: the database keeps its index."""


class PostgresView:
    """A catalogue while one question is answered. Its numbers of works are its own, from 0.

    Attributes:
        name: Name of the catalogue.
    """

    def __init__(
        self, name: str, database: Database, table: Table, words: WorkCache, bodies: WorkCache
    ) -> None:
        self.name = name
        self._database, self._table, self._words, self._bodies = database, table, words, bodies
        self._rows: list[int] = []
        self._numbers: dict[int, int] = {}

    @property
    def is_empty(self) -> bool:
        """Whether it has no works."""
        return not self._one("SELECT EXISTS (SELECT FROM {table})")

    @property
    def missing(self) -> str:
        """Empty: all of it is in one place."""
        return ""

    @property
    def count(self) -> int:
        """How many works it has."""
        return int(self._one("SELECT count(*) FROM {table}"))

    @cached_property
    def plain(self) -> Mapping[int, Colors]:
        """Colours of those that are nearly featureless; read where a photo asks for them."""
        rows = self._all("SELECT number, colors FROM {table} WHERE colors IS NOT NULL ORDER BY number")
        return {self._numbered(row): colors_from_bytes(colors) for row, colors in rows}

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""
        row = self.row_of(work_id)
        return None if row is None else self._numbered(row)

    def row_of(self, work_id: str) -> int | None:
        """Returns the number of a work in the table; None where there is none of that id."""
        rows = self._all("SELECT number FROM {table} WHERE id = %s", work_id)
        return rows[0][0] if rows else None

    def records(self) -> Iterator[Record]:
        """Yields all records, in the order in which the works were added."""
        last = 0
        while rows := self._all(
            "SELECT number, record FROM {table} WHERE number > %s ORDER BY number LIMIT %s", last, 1000
        ):
            last = rows[-1][0]
            yield from (Record(**record) for _, record in rows)

    def page(self, last: str, most: int) -> list[Record]:
        """Returns the records of the works with the next ids behind `last`, ascending; "" is before all."""
        rows = self._all("SELECT record FROM {table} WHERE id > %s ORDER BY id LIMIT %s", last, most)
        return [Record(**record) for (record,) in rows]

    def bodies(self) -> Iterator[memoryview]:
        """Yields the works as they were written, in the order in which they were added."""
        last = 0
        while rows := self._all(
            "SELECT number, body FROM {table} WHERE number > %s ORDER BY number LIMIT %s", last, _AT_ONCE
        ):
            last = rows[-1][0]
            yield from (memoryview(body) for _, body in rows)

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for the works of the shortlist."""
        shortlist = {
            row for found in self.search(window_vectors(features, size_px), NEAREST) for row in found
        }
        words = sorted(self._fetched(shortlist, self._words, _FETCH_WORDS).items())
        return votes_of(features, size_px, {self._numbered(row): content for row, content in words})

    def search(self, vectors: NDArray[np.float32], most: int) -> list[list[int]]:
        """Finds the works whose references look most like windows of a photo.

        Args:
            vectors: Shape (W, 1024), float32, each of length 1.
            most: Number of works for each.

        Returns:
            Rows of the table for each window, the nearest first.
        """
        found: list[list[int]] = [[] for _ in vectors]
        if found:
            for place, row in self._all(_SEARCH, [to_vector(each) for each in vectors], most):
                found[place - 1].append(row)
        return found

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
        return self._fetched({row}, self._bodies, _FETCH_BODY).get(row)

    def _fetched(self, rows: set[int], cache: WorkCache, statement: LiteralString) -> dict[int, bytes]:
        """Reads a column of works, from the cache where it is there; works that were removed are missing."""
        return cache.fetch(
            rows, lambda missing: [(row, bytes(content)) for row, content in self._all(statement, missing)]
        )

    def _numbered(self, row: int) -> int:
        number = self._numbers.setdefault(row, len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number

    def _one(self, statement: LiteralString) -> Any:
        return self._all(statement)[0][0]

    def _all(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        composed = self._table.of(statement)
        try:
            return self._database.run(lambda connection: connection.execute(composed, values).fetchall())
        except CatalogueUnreachable as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise UnknownCatalogue(self.name, ()) from error
            raise
