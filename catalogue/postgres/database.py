"""Connects to the database: a pool of connections, and errors that name the database."""

from __future__ import annotations

import logging
import re
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterator
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
    "keepalives_interval": "5",
    "tcp_user_timeout": "10000",
}
"""A server that vanished without a word is noticed after ten seconds; what the address says goes before."""
_EF_SEARCH: Final = 400
"""Nodes of the graph that a search looks at (HNSW): of the nearest ten of 3,286 works 0.996 are
found then, 0.98 with 200."""
_MOST_KEPT: Final = 8
_ANSWER_S: Final = 20.0
"""Time limit of a statement, which would otherwise wait for ever behind a lock or for a stuck database."""
_MORE_S: Final = 5.0
"""Time after that limit for the database to say so itself."""

LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""Exceptions of psycopg for a connection that is lost, or cannot be made."""


class Database:
    """A pool of connections to one database, each used by one call at a time.

    They are closed with the last object that uses the pool.

    Safe to share between threads.

    Attributes:
        place: What it is called in messages: host and database, without user and password.

    Args:
        url: `postgresql://…`, as libpq reads it; what it leaves out comes from `PGPASSWORD`, `~/.pgpass` and
            the like.
        answer_seconds: Time limit of a statement, which the database itself keeps.
        more_seconds: Time after that limit until a database that does not keep it is given up.

    Raises:
        InvalidPlace: When the address cannot be read. The message has no part of the address: a mistyped one
            may have the password where libpq reads something else.
    """

    def __init__(self, url: str, answer_seconds: float = _ANSWER_S, more_seconds: float = _MORE_S) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error as error:
            raise _not_an_address(_problem(error).partition(': "')[0]) from error
        if not re.fullmatch("[0-9,]*", str(given.get("port") or "")) or any(
            "@" in str(given.get(part) or "") for part in ("host", "dbname")
        ):
            raise _not_an_address("in user and password write %2F for a slash, %40 for @, %3A for a colon")
        self._answer_seconds, self._more_seconds = answer_seconds, more_seconds
        self._address = make_conninfo(
            url, **{name: value for name, value in _DEFAULTS.items() if name not in given}
        )
        host, port = given.get("host") or "localhost", given.get("port")
        self.place = f"postgresql://{host}{f':{port}' if port else ''}/{given.get('dbname') or ''}"
        self._free: list[Connection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._free)

    def run(self, ask: Callable[[Connection], T]) -> T:
        """Runs statements that may run twice: where a pooled connection was lost, once more with a new one.

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
                    raise CatalogueUnreachable(self.place, _problem(error)) from error
                _log.info("a connection to %s was lost: %s", self.place, _problem(error))
            except BaseException:
                connection.close()
                raise
            else:
                self._keep(connection)
                return answer

    def connect(self) -> Connection:
        """Makes a connection outside the pool; it commits every statement that is in no transaction.

        Raises:
            CatalogueUnreachable: When the database does not answer.
        """
        try:
            connection = _Bounded.connect(self._address, autocommit=True)
            connection.answer_seconds = self._answer_seconds + self._more_seconds
            connection.execute(f"SET hnsw.ef_search = {_EF_SEARCH}")
            connection.execute(f"SET statement_timeout = {round(self._answer_seconds * 1000)}")
        except psycopg.Error as error:
            raise CatalogueUnreachable(self.place, _problem(error)) from error
        return connection

    @contextmanager
    def failing_as(self, to_error: Callable[[str], Exception]) -> Iterator[None]:
        """Turns refusals into an error of ours, and a lost connection into `CatalogueUnreachable`."""
        try:
            yield
        except (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory) as error:
            raise to_error(_problem(error)) from error
        except LOST as error:
            raise CatalogueUnreachable(self.place, _problem(error)) from error
        except psycopg.Error as error:
            raise to_error(_problem(error)) from error

    def _keep(self, connection: Connection) -> None:
        with self._lock:
            if len(self._free) < _MOST_KEPT:
                self._free.append(connection)
                return
        connection.close()

    def _kept(self) -> Connection | None:
        with self._lock:
            return self._free.pop() if self._free else None


class _Bounded(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed when the database does not answer in time.

    Attributes:
        answer_seconds: Time for an answer.
    """

    answer_seconds = _ANSWER_S + _MORE_S

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **named: Any) -> T:
        """Waits for an answer, and ends the connection where none comes.

        Raises:
            OperationalError: When none came in time.
        """
        answer: T = super().wait(self._in_time(gen), *arguments, **named)
        return answer

    def _in_time(self, asking: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        ends = time.monotonic() + self.answer_seconds
        ready = None
        while True:
            try:
                waits_for = asking.send(ready)
            except StopIteration as done:
                answer: T = done.value
                return answer
            ready = yield waits_for
            if not ready and time.monotonic() > ends:
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer for {self.answer_seconds:g} s")


def _not_an_address(problem: str) -> InvalidPlace:
    return InvalidPlace("postgresql://…", f"not an address of a database: {problem}")


def _close(connections: list[Connection]) -> None:
    for each in connections:
        each.close()


def _problem(error: psycopg.Error) -> str:
    """Returns the first line of what an error says."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return text.strip().partition("\n")[0]
