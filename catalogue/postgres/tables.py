"""The tables in PostgreSQL: one of all catalogues, and one of works for each.

A work is one row, so that record and vector change in one transaction. Every change gives it a new number: a
number that was read means the same work as then, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

from catalogue.errors import CatalogueUnreachable, IncompatibleCatalogue
from catalogue.postgres.database import Connection, Database
from catalogue.shortlist import database_manifest, problem_of_manifest

FORMAT: Final = 1
_SCHEMA: Final = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE SCHEMA IF NOT EXISTS lienzo;
CREATE TABLE IF NOT EXISTS lienzo.catalogues (
    number serial PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    manifest jsonb NOT NULL
)
"""
_WORKS: Final = """
CREATE TABLE {table} (
    id text COLLATE "C" PRIMARY KEY,
    number bigserial NOT NULL UNIQUE,
    record jsonb NOT NULL,
    words bytea NOT NULL,
    colors bytea,
    body bytea NOT NULL,
    vector vector(1024)
);
ALTER TABLE {table} ALTER words SET STORAGE EXTERNAL, ALTER body SET STORAGE EXTERNAL,
    ALTER vector SET STORAGE PLAIN;
CREATE INDEX ON {table} USING hnsw (vector vector_ip_ops);
CREATE INDEX ON {table} (number) WHERE colors IS NOT NULL
"""
_NO_TABLES: Final = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.UndefinedFile,
)
_SETTING_UP: Final = 0x6C69656E
"""Advisory lock for making tables: two processes would collide."""


@dataclass(frozen=True)
class Table:
    """The works of one catalogue.

    Attributes:
        catalogue: Number of the catalogue.
    """

    catalogue: int

    def of(self, statement: LiteralString) -> Composed:
        """Returns a statement with the table in place of `{table}`; its name is made of the number alone."""
        return SQL(statement).format(table=Identifier("lienzo", f"works_{self.catalogue}"))


def names_of(connection: Connection) -> list[str]:
    """Lists the names of all catalogues, ascending; none where there are no tables yet."""
    try:
        rows = connection.execute("SELECT name FROM lienzo.catalogues ORDER BY name").fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []
    return [name for (name,) in rows]


def find_table(connection: Connection, place: str, name: str) -> Table | None:
    """Finds the works of a catalogue; None where there is none of that name.

    Raises:
        IncompatibleCatalogue: When another version made it.
    """
    try:
        row = connection.execute(
            "SELECT number, manifest FROM lienzo.catalogues WHERE name = %s", [name]
        ).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    if row is None:
        return None
    number, manifest = row
    if problem := problem_of_manifest(manifest, FORMAT):
        raise IncompatibleCatalogue(catalogue_path(place, name), problem)
    return Table(number)


def make_table(database: Database, connection: Connection, name: str) -> Table:
    """Makes a catalogue without works, or finds the one that another process has just made.

    Raises:
        CatalogueUnreachable: When the database has no pgvector, or lets us make no tables.
    """
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SETTING_UP])
            if connection.execute("SELECT to_regclass('lienzo.catalogues')").fetchone() == (None,):
                connection.execute(_SCHEMA)
            found = find_table(connection, database.place, name)
            if found is not None:
                return found
            row = connection.execute(
                "INSERT INTO lienzo.catalogues (name, manifest) VALUES (%s, %s) RETURNING number",
                [name, Jsonb(database_manifest(FORMAT))],
            ).fetchone()
            assert row is not None
            table = Table(row[0])
            connection.execute(table.of(_WORKS))
            return table
    except _NO_TABLES as error:
        problem = f"{error.diag.message_primary}; its administrator makes the extension vector and the schema"
        raise CatalogueUnreachable(database.place, problem) from error


def drop_table(connection: Connection, table: Table) -> None:
    """Deletes a catalogue."""
    with connection.transaction():
        connection.execute("DELETE FROM lienzo.catalogues WHERE number = %s", [table.catalogue])
        connection.execute(table.of("DROP TABLE IF EXISTS {table}"))


def catalogue_path(place: str, name: str) -> PurePosixPath:
    """Makes the path by which messages name a catalogue, such as `db.museum.example/art/museum`."""
    return PurePosixPath(place.partition("://")[2]) / name


def to_vector(vector: NDArray[np.float32]) -> str:
    """Writes a vector as pgvector reads it, with all digits of each number."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"
