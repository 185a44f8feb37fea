"""Addresses as people write them."""

from __future__ import annotations

import pytest

from lienzo_client.app.address import check_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:50050",
        "localhost",
        "[::1]:50050",
        "museo.example:443",
        "ñandú.example:1",
        "dns:///museum.example:443",
        "unix:/run/lienzo.sock",
        "https://museum.example",
        "HTTPS://museum.example:8443/lienzo/",
        "http://127.0.0.1:8080",
        "https://[::1]:8443",
    ],
)
def test_takes_what_leads_to_a_gateway(address: str) -> None:
    assert check_address(f"  {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "ftp://a.example:8080",
        "https://",
        "https:///path",
        "https://key@a.example",
        "https://a.example/?q",
        "https://two words",
        "two words",
        "[::1",
        "a:b",
        "a:",
        ":1",
        "a:0",
        "a:65536",
        "a\0b",
        "a/b",
        "unix:",
    ],
)
def test_refuses_what_leads_nowhere(address: str) -> None:
    with pytest.raises(ValueError, match="is not a server address"):
        check_address(address)
