"""The database: connections that are used again, and errors that name it."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar

from catalogue.errors import CatalogueUnreachable, EngineNotInstalled, InvalidPlace

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError as error:  # the extra is not installed
    raise EngineNotInstalled("postgresql://…", "postgres") from error

_log = logging.getLogger(__name__)

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
T = TypeVar("T")

_DEFAULTS: Final = {
    "application_name": "lienzo",
    "client_encoding": "UTF8",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "tcp_user_timeout": "10000",
}
"""A server that vanished without a word is noticed after ten seconds; what the address says goes before."""
_EF_SEARCH: Final = 400
"""Nodes of the graph that a search looks at (HNSW): of the nearest ten of 3,286 works 0.996 are
found then, 0.98 with 200."""
_MOST_KEPT: Final = 8

LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""What psycopg raises where the connection is gone, or none can be had."""


class Database:
    """Connections to one database, each used by one call at a time; closed with the last one that uses them.

    Safe to share between threads.

    Attributes:
        place: What it is called in messages: host and database, without user and password.

    Args:
        url: `postgresql://…`, as libpq reads it; what it leaves out comes from `PGPASSWORD`, `~/.pgpass` and
            the like.
    """

    def __init__(self, url: str) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error as error:
            raise InvalidPlace("postgresql://…", f"not an address of a database: {_told(error)}") from error
        self._address = make_conninfo(
            url, **{name: value for name, value in _DEFAULTS.items() if name not in given}
        )
        host, port = given.get("host") or "localhost", given.get("port")
        self.place = f"postgresql://{host}{f':{port}' if port else ''}/{given.get('dbname') or ''}"
        self._free: list[Connection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._free)

    def run(self, ask: Callable[[Connection], T]) -> T:
        """Runs something that may run twice: where a kept connection is gone, a new one is tried, once.

        Raises:
            CatalogueUnreachable: When the database does not answer, or refuses.
        """
        while True:
            kept = self._kept()
            connection = kept or self.connect()
            try:
                answer = ask(connection)
            except psycopg.Error as error:
                is_lost = connection.broken
                connection.close()
                if kept is None or not is_lost:
                    raise CatalogueUnreachable(self.place, _told(error)) from error
                _log.info("a connection to %s was lost: %s", self.place, _told(error))
            except BaseException:
                connection.close()
                raise
            else:
                self._keep(connection)
                return answer

    def connect(self) -> Connection:
        """Makes a connection of one's own; every statement is a transaction where none is begun.

        Raises:
            CatalogueUnreachable: When the database does not answer.
        """
        try:
            connection = psycopg.connect(self._address, autocommit=True)
            connection.execute(f"SET hnsw.ef_search = {_EF_SEARCH}")
        except psycopg.Error as error:
            raise CatalogueUnreachable(self.place, _told(error)) from error
        return connection

    @contextmanager
    def failing_as(self, to_error: Callable[[str], Exception]) -> Iterator[None]:
        """Turns refusals into an error of ours, and a lost connection into `CatalogueUnreachable`."""
        try:
            yield
        except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory) as error:
            raise to_error(_told(error)) from error
        except LOST as error:
            raise CatalogueUnreachable(self.place, _told(error)) from error
        except psycopg.Error as error:
            raise to_error(_told(error)) from error

    def _keep(self, connection: Connection) -> None:
        with self._lock:
            if len(self._free) < _MOST_KEPT:
                self._free.append(connection)
                return
        connection.close()

    def _kept(self) -> Connection | None:
        with self._lock:
            return self._free.pop() if self._free else None


def _close(connections: list[Connection]) -> None:
    for each in connections:
        each.close()


def _told(error: psycopg.Error) -> str:
    """Says what is wrong in one line."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return text.strip().partition("\n")[0]
