"""Writes a catalogue in PostgreSQL: each change is one transaction, and one process writes at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import PurePath
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from catalogue.columns import colors_to_bytes, words_to_column
from catalogue.errors import (
    CatalogueError,
    CatalogueInUse,
    CatalogueNotWritten,
    InvalidRecord,
    UnknownCatalogue,
    UnknownWork,
)
from catalogue.manifest import check_name
from catalogue.postgres.database import LOST, Connection, Database
from catalogue.postgres.tables import (
    Table,
    catalogue_path,
    drop_table,
    find_table,
    make_table,
    names_of,
    to_vector,
)
from catalogue.work import Record, Work, reference_from_bytes, to_bytes
from vision.identification.windows import reference_vector

T = TypeVar("T")

_WRITING: Final = 0x6C696577
"""First half of the advisory lock of a catalogue; the other half is its number."""
_PAUSE_S: Final = 0.05
_NEAR: Final = 1000
"""Number of ids that are searched for one like a mistyped one."""
_PUT: Final = """
INSERT INTO {table} (id, record, words, colors, body, vector) VALUES (%s, %s, %s, %s, %s, %s::vector)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, record = excluded.record, words = excluded.words,
    colors = excluded.colors, body = excluded.body, vector = excluded.vector
"""


@contextmanager
def open_postgres_writer(
    database: Database, name: str, *, wait_seconds: float = 0.0, create: bool = True
) -> Iterator[PostgresWriter]:
    """Opens a catalogue for writing; makes it if there is none.

    Args:
        database: Where it is.
        name: Which one.
        wait_seconds: How long to wait for another writer.
        create: Whether to make it if it does not exist.

    Raises:
        InvalidCatalogueName: When a new one cannot have that name.
        UnknownCatalogue: When it does not exist and `create` is false.
        CatalogueInUse: When another process writes to it.
        IncompatibleCatalogue: When another version made it.
        CatalogueUnreachable: When the database does not answer, or lets us make no tables.
    """
    check_name(name)
    connection = database.connect()
    try:
        table = find_table(connection, database.place, name)
        is_new = table is None
        if table is None and not create:
            raise UnknownCatalogue(name, names_of(connection))
        table = table or make_table(database, connection, name)
        writer = PostgresWriter(database, connection, table, name, wait_seconds)
    except BaseException as error:
        connection.close()
        if isinstance(error, psycopg.Error):
            with database.failing_as(partial(CatalogueNotWritten, catalogue_path(database.place, name))):
                raise
        raise
    try:
        yield writer
    except BaseException:
        if is_new:
            writer.withdraw()
        raise
    finally:
        writer.close()


class PostgresWriter:
    """Adds and removes works. Use `open_postgres_writer`; the lock is the connection's."""

    dead_share = 0.0
    """Always 0: PostgreSQL clears removed and replaced rows by itself (vacuum)."""

    def __init__(
        self, database: Database, connection: Connection, table: Table, name: str, wait_seconds: float
    ) -> None:
        self._database, self._connection, self._table, self._name = database, connection, table, name
        self._is_whole = False
        self._acquire(wait_seconds)

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all works, by id; each is asked for when it is looked at."""
        return _Records(self)

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id.

        Args:
            work: The work.
            sync: Whether to wait until it is on disk; `sync` does that for many works at once.

        Raises:
            InvalidRecord: When PostgreSQL does not keep a character of its record.
            CatalogueNotWritten: When the database refuses; nothing has changed then.
            CatalogueUnreachable: When it does not answer. The work may have been added all the same.
        """
        if "\0" in "".join((work.record.title, work.record.artist, *_texts(work.record.columns))):
            raise InvalidRecord(
                f'the record of "{work.record.id}" has a NUL character, which PostgreSQL does not keep',
                work=work.record.id,
            )
        vector = reference_vector(work.reference.features)
        values = (
            work.record.id,
            Jsonb(asdict(work.record)),
            words_to_column(work.reference.words),
            colors_to_bytes(work.reference),
            to_bytes(work),
            None if vector is None else to_vector(vector),
        )

        def put(connection: Connection) -> None:
            with connection.transaction():
                if not sync:
                    connection.execute("SET LOCAL synchronous_commit = off")
                connection.execute(self._table.of(_PUT), values)

        self._run(put)

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference.

        Raises:
            UnknownWork: When there is none of its id.
            CatalogueNotWritten: When the database refuses.
        """
        rows = self.ask("SELECT record, body FROM {table} WHERE id = %s", record.id)
        if not rows:
            raise UnknownWork(self._name, record.id, self._some_ids())
        known, body = Record(**rows[0][0]), memoryview(rows[0][1])
        kept = replace(record, reference=known.reference, score=known.score)
        self.put(Work(kept, reference_from_bytes(body)))

    def remove(self, work_id: str) -> None:
        """Removes a work.

        Raises:
            UnknownWork: When there is none of that id.
            CatalogueNotWritten: When the database refuses.
        """
        if not self.ask("DELETE FROM {table} WHERE id = %s RETURNING id", work_id):
            raise UnknownWork(self._name, work_id, self._some_ids())

    def sync(self) -> None:
        """Waits until everything is on disk: a transaction that is on disk has all earlier ones before it.

        Raises:
            CatalogueNotWritten: When the database refuses.
        """
        self._run(lambda connection: connection.execute("SELECT pg_logical_emit_message(true, 'lienzo', '')"))

    def ask(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Runs a statement about the table, and returns its rows."""
        return self._run(lambda connection: connection.execute(self._table.of(statement), values).fetchall())

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Makes all changes within one transaction."""
        with self._database.failing_as(self._refused), self._connection.transaction():
            self._is_whole = True
            yield

    def withdraw(self) -> None:
        """Deletes the catalogue if it has no works yet."""
        with suppress(CatalogueError, psycopg.Error):
            if not self.ask("SELECT FROM {table} LIMIT 1"):
                drop_table(self._connection, self._table)

    def close(self) -> None:
        """Gives the lock back."""
        self._connection.close()

    def _some_ids(self) -> list[str]:
        return [work_id for (work_id,) in self.ask("SELECT id FROM {table} LIMIT %s", _NEAR)]

    def _run(self, change: Callable[[Connection], T]) -> T:
        """Makes a change that may be made twice: where the connection was lost, once more with a new one."""
        with self._database.failing_as(self._refused):
            try:
                return change(self._connection)
            except LOST as error:
                # A connection that is not broken was refused: by a full disk, say.
                if self._is_whole or not self._connection.broken:
                    raise error
            self._connection.close()
            self._connection = self._database.connect()
            self._acquire(0.0)
            return change(self._connection)

    def _acquire(self, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        while True:
            row = self._connection.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [_WRITING, self._table.catalogue]
            ).fetchone()
            if row is not None and row[0]:
                return
            if time.monotonic() > deadline:
                raise CatalogueInUse(self._name)
            time.sleep(_PAUSE_S)

    def _refused(self, problem: str) -> CatalogueNotWritten:
        place: PurePath = catalogue_path(self._database.place, self._name)
        return CatalogueNotWritten(place, problem)


class _Records(Mapping[str, Record]):
    """Records by id, as the table has them."""

    def __init__(self, writer: PostgresWriter) -> None:
        self._writer = writer

    def __getitem__(self, work_id: str) -> Record:
        rows = self._writer.ask("SELECT record FROM {table} WHERE id = %s", work_id)
        if not rows:
            raise KeyError(work_id)
        return Record(**rows[0][0])

    def __iter__(self) -> Iterator[str]:
        return (work_id for (work_id,) in self._writer.ask("SELECT id FROM {table} ORDER BY number"))

    def __len__(self) -> int:
        return int(self._writer.ask("SELECT count(*) FROM {table}")[0][0])


def _texts(columns: Mapping[str, str]) -> Iterator[str]:
    for name, value in columns.items():
        yield from (name, value)
