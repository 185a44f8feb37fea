"""A link to a gateway that can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest


class BadLink:
    """A proxy that cuts each connection after so many bytes in one direction.

    Args:
        target: Where it leads.
        cuts: Bytes after which the first connections are cut, one after the other; later ones are whole.
        upwards: Whether bytes to the server are counted, or those from it.
    """

    def __init__(self, target: str, cuts: list[int], *, upwards: bool) -> None:
        host, _, port = target.rpartition(":")
        self._far_end = (host, int(port))
        self._cuts = cuts
        self._upwards = upwards
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            limit = self._cuts.pop(0) if self._cuts else -1
            far = socket.create_connection(self._far_end)
            up, down = (limit, -1) if self._upwards else (-1, limit)
            threading.Thread(target=_pump, args=(near, far, up), daemon=True).start()
            threading.Thread(target=_pump, args=(far, near, down), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, limit: int) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while data := source.recv(16384):
            passed += len(data)
            sink.sendall(data)
            if 0 <= limit <= passed:
                time.sleep(0.2)  # so that the far end has seen what passed
                break
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture
def link_to() -> Iterator[Callable[..., BadLink]]:
    """Makes links to a `host:port` that are cut."""
    links: list[BadLink] = []

    def make(target: str, cuts: list[int], *, upwards: bool) -> BadLink:
        links.append(BadLink(target, cuts, upwards=upwards))
        return links[-1]

    yield make
    for link in links:
        link.close()


@pytest.fixture
def bad_link(target: str, link_to: Callable[..., BadLink]) -> Callable[..., BadLink]:
    """Makes links to the gateway that are cut."""
    return partial(link_to, target)
