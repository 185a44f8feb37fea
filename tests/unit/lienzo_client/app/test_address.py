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
    ],
)
def test_takes_what_grpc_takes(address: str) -> None:
    assert check_address(f"  {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "http://a.example:8080",
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
