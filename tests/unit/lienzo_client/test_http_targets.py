"""Which `https://` addresses a client takes."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lienzo_client import AsyncClient, Client
from lienzo_client.channel import Connection


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        ("http://museum.example", {}, "plain text"),
        ("https://", {}, "not an address of a gateway"),
        ("https://museum.example/?a=1", {}, "not an address of a gateway"),
        ("https://me:secret@museum.example", {}, "not an address of a gateway"),
        ("https://museum.example:port", {}, "not an address of a gateway"),
        ("https://museum.example", {"insecure": True}, "omit insecure=True"),
        ("http://127.0.0.1", {"root_certificates": b"x"}, "certificates are for TLS"),
        ("https://127.0.0.1", {"root_certificates": b"x"}, "PEM is expected"),
        ("https://127.0.0.1", {"root_certificates": b"\xff"}, "PEM is expected"),
    ],
)
@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_an_address_that_cannot_be_meant_is_refused(make: Any, target: str, options: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(target, **options)


def test_an_address_in_plain_text_may_be_meant() -> None:
    assert Connection("http://museum.example", insecure=True).plain_text
    assert Connection("HTTP://localhost:8080/museum").plain_text
    assert not Connection("https://localhost").plain_text


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_without_the_library_an_address_says_how_to_install_it(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "lienzo_client.http_line", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    for module in ("http_calls", "http_faults", "http_tls"):
        monkeypatch.delitem(sys.modules, f"lienzo_client.{module}", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'lienzo-client\[http\]'"):
        make("https://museum.example")
