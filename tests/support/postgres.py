"""A real PostgreSQL with pgvector for tests, and a proxy before it that can stall and be closed."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

import pytest

_BLOCK = 65536


@dataclass(frozen=True)
class Postgres:
    """A server.

    Attributes:
        socket_folder: Where its socket is.
    """

    socket_folder: str
    _numbers: Iterator[int]

    def new_database(self) -> str:
        """Makes an empty database, and returns its address."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        """Returns the address of a database, by the socket."""
        return f"postgresql://postgres@/{database}?host={self.socket_folder}"

    def ask(self, statement: str, url: str = "") -> list[tuple[object, ...]]:
        """Runs a statement as an administrator."""
        import psycopg

        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def cut_connections(self) -> None:
        """Ends all connections, as a restart of the server does."""
        self.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Starts a server, and ends it; skips where its binaries are not installed."""
    pytest.importorskip("psycopg", reason="needs lienzo[postgres]")
    pgserver = pytest.importorskip("pgserver", reason="pgserver has no wheel for this Python")
    folder = tempfile.mkdtemp(prefix="pg-")  # a short name: that of a socket has 100 characters at most
    try:
        server = pgserver.get_server(folder)
        yield Postgres(str(server.get_postmaster_info().socket_dir), count())
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Proxy:
    """A TCP proxy before a server, which can stall and be closed."""

    def __init__(self, postgres: Postgres) -> None:
        self._target = os.path.join(postgres.socket_folder, ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        self._accept()

    def stall(self) -> None:
        """Holds back what the server and its callers send, on new connections, too."""
        self._flows.clear()

    def resume(self) -> None:
        """Passes on what was held back."""
        self._flows.set()

    def close(self) -> None:
        """Closes the port and all connections through it."""
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def reopen(self) -> None:
        """Listens at the same port again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=[one, other, self._flows], daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket, flows: threading.Event) -> None:
    with suppress(OSError):
        while block := one.recv(_BLOCK):
            flows.wait()
            other.sendall(block)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
