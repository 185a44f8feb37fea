"""Qdrant servers that are away, silent, full, too old or closed to us, and servers that are not Qdrant."""

from __future__ import annotations

import socket
import threading

import pytest

from catalogue.errors import CatalogueNotWritten, CatalogueUnreachable
from catalogue.shelf import Shelf
from catalogue.shelves import open_shelf
from catalogue.work import Work
from tests.support.qdrant import Qdrant


def ids(shelf: Shelf) -> list[str]:
    return [record.id for record in shelf.reader("museum").view().records()]


def test_a_server_that_is_full_keeps_what_it_has(own: Qdrant, works: list[Work]) -> None:
    shelf = open_shelf(own.url("lienzo"))
    with shelf.writer("museum") as writer:
        writer.put(works[1])
        own.refusal = 500, "Service internal error: No space left on device\nbacktrace"
        with pytest.raises(
            CatalogueNotWritten, match=r"nothing could be changed \(.*No space left on device\)"
        ):
            writer.put(works[2])
    assert ids(shelf) == ["work-1"]
    own.refusal = 403, "Forbidden: read-only access"
    with pytest.raises(CatalogueNotWritten, match="read-only access"), shelf.writer("museum"):
        pass
    with pytest.raises(CatalogueNotWritten, match="read-only access"), shelf.writer("other"):
        pass
    assert (shelf.names(), ids(shelf)) == (["museum"], ["work-1"])


def test_a_server_without_conditional_updates_is_refused_by_its_version(own: Qdrant) -> None:
    own.version = "1.15.5"
    shelf = open_shelf(own.url("lienzo"))
    with (
        pytest.raises(CatalogueUnreachable, match=r"it is Qdrant 1\.15\.5; 1\.16 or later is needed"),
        shelf.writer("museum"),
    ):
        pass
    assert own.collections == {}


def test_a_server_is_asked_with_the_key_of_the_environment(
    own: Qdrant, monkeypatch: pytest.MonkeyPatch, works: list[Work]
) -> None:
    own.key = "the-right-one"
    monkeypatch.delenv("QDRANT_API_KEY", raising=False)
    with pytest.raises(CatalogueUnreachable, match="wants a key, in QDRANT_API_KEY") as caught:
        open_shelf(own.url("lienzo")).names()
    assert caught.value.for_callers == "the database of the catalogues refuses the key of this service"
    monkeypatch.setenv("QDRANT_API_KEY", "a-wrong-one")
    with pytest.raises(CatalogueUnreachable, match="refuses the key in QDRANT_API_KEY") as caught:
        open_shelf(own.url("lienzo")).reader("museum").view()
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv("QDRANT_API_KEY", "the-right-one\n")
    shelf = open_shelf(own.url("lienzo"))
    with shelf.writer("museum") as writer:
        writer.put(works[1])
    assert ids(shelf) == ["work-1"]
    assert "right" not in shelf.place


def test_a_server_that_is_away_is_named() -> None:
    pytest.importorskip("qdrant_client")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free_port = taken.getsockname()[1]
    shelf = open_shelf(f"qdrant://127.0.0.1:{free_port}/art")
    for ask in (shelf.names, shelf.reader("museum").view, lambda: shelf.writer("museum").__enter__()):
        with pytest.raises(CatalogueUnreachable) as caught:
            ask()
        place = f"qdrant://127.0.0.1:{free_port}/art"
        assert str(caught.value).startswith(f"the catalogues in {place} cannot be reached: ")
        assert caught.value.for_callers == "the database of the catalogues does not answer"


def test_a_server_that_falls_silent_is_not_waited_for() -> None:
    pytest.importorskip("qdrant_client")
    from catalogue.qdrant.address import parse_address
    from catalogue.qdrant.client import Server
    from catalogue.qdrant.collections import names_of

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"qdrant://127.0.0.1:{silent.getsockname()[1]}/art"
        with pytest.raises(CatalogueUnreachable, match="no answer for 1 s"):
            names_of(Server(parse_address(url), answer_seconds=1))


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        "+PONG\r\n",
    ],
)
def test_something_that_is_not_qdrant_is_told(answer: str) -> None:
    pytest.importorskip("qdrant_client")

    def serve() -> None:
        for _ in range(2):
            near, _ = listener.accept()
            with near:
                near.recv(65536)
                near.sendall(answer.encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        shelf = open_shelf(f"qdrant://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(CatalogueUnreachable, match=f"in {shelf.place} cannot be reached"):
            shelf.names()
