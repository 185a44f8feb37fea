"""Addresses of Qdrant servers, and the key, which no message repeats."""

from __future__ import annotations

import pytest

from catalogue.errors import InvalidPlace
from catalogue.qdrant.address import checked_key, parse_address


@pytest.mark.parametrize(
    ("text", "url", "place"),
    [
        ("qdrant://db", "http://db:6333", "qdrant://db:6333/lienzo"),
        ("qdrant://db:7000/art", "http://db:7000", "qdrant://db:7000/art"),
        ("qdrant://[::1]/", "http://[::1]:6333", "qdrant://[::1]:6333/lienzo"),
        ("qdrant://[::1]:7000/a-b", "http://[::1]:7000", "qdrant://[::1]:7000/a-b"),
        (
            "qdrants://db.museum.example/art",
            "https://db.museum.example:6333",
            "qdrants://db.museum.example:6333/art",
        ),
    ],
)
def test_an_address_names_server_and_prefix(text: str, url: str, place: str) -> None:
    address = parse_address(text)
    assert (address.url, address.place) == (url, place)


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        (":secret@db/art", "the key goes into QDRANT_API_KEY"),
        ("curator:secret@db/art", "the key goes into QDRANT_API_KEY"),
        ("db/art?key=secret", "nothing may stand behind the prefix"),
        ("db/art#secret", "nothing may stand behind the prefix"),
        ("db/art/secret", "the prefix is up to 64"),
        ("db/secret.art", "the prefix is up to 64"),
        ("db:secret/art", "host and port cannot be read"),
        ("[secret/art", "host and port cannot be read"),
        ("/secret", "host and port cannot be read"),
        ("db secret/art", "host and port cannot be read"),
        ("db:0/secret", "host and port cannot be read"),
        ("db:65536/secret", "host and port cannot be read"),
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(rest: str, problem: str) -> None:
    with pytest.raises(InvalidPlace, match=f"not an address of a Qdrant server: .*{problem}") as caught:
        parse_address(f"qdrant://{rest}")
    assert "secret" not in str(caught.value)


def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated() -> None:
    assert checked_key(" abc\n") == "abc"
    for key in ("se\ncret", "se\x00cret", "clé secrete"):
        with pytest.raises(InvalidPlace, match="QDRANT_API_KEY has characters that no key has") as caught:
            checked_key(key)
        assert "cret" not in str(caught.value)
