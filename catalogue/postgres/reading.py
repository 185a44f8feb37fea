"""Reads a catalogue in PostgreSQL: the database makes a shortlist by its vectors, the rest is done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Literal, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from catalogue.columns import colors_from_bytes
from catalogue.database_view import DatabaseView, ViewCaches
from catalogue.errors import CatalogueUnreachable, UnknownCatalogue
from catalogue.postgres.database import Connection, Database
from catalogue.postgres.tables import Table, find_table, names_of, to_vector
from catalogue.work import Record
from vision.identification.plain import Colors

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
_FETCH: Final[Mapping[str, LiteralString]] = {
    "words": "SELECT number, words FROM {table} WHERE number = ANY(%s)",
    "body": "SELECT number, body FROM {table} WHERE number = ANY(%s)",
}


class PostgresReader:
    """Gives a catalogue as it is now; every server that reads it sees the same works."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._caches = ViewCaches()

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
        return PostgresView(self._name, self._caches, self._database, table)

    def keep(self) -> None:
        """Does nothing: the database keeps its index."""


class PostgresView(DatabaseView):
    """A catalogue in PostgreSQL while one question is answered. Rows are the numbers of the table."""

    def __init__(self, name: str, caches: ViewCaches, database: Database, table: Table) -> None:
        super().__init__(name, caches)
        self._database, self._table = database, table

    @property
    def is_empty(self) -> bool:
        """Whether it has no works."""
        return not self._one("SELECT EXISTS (SELECT FROM {table})")

    @property
    def count(self) -> int:
        """How many works it has."""
        return int(self._one("SELECT count(*) FROM {table}"))

    @cached_property
    def plain(self) -> Mapping[int, Colors]:
        """Colours of those that are nearly featureless; read where a photo asks for them."""
        rows = self._all("SELECT number, colors FROM {table} WHERE colors IS NOT NULL ORDER BY number")
        return {self._numbered(row): colors_from_bytes(colors) for row, colors in rows}

    def row_of(self, work_id: str) -> int | None:
        """Returns the row of a work; None where there is none of that id."""
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

    def search(self, vectors: NDArray[np.float32], most: int) -> list[list[int]]:
        """Finds the works whose references look most like windows of a photo."""
        found: list[list[int]] = [[] for _ in vectors]
        if found:
            for place, row in self._all(_SEARCH, [to_vector(each) for each in vectors], most):
                found[place - 1].append(row)
        return found

    def _read(self, rows: list[int], column: Literal["words", "body"]) -> list[tuple[int, bytes]]:
        read = self._all(_FETCH[column], rows)
        return [(row, bytes(content)) for row, content in read]

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
