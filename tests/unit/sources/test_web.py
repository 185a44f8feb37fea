"""Pictures over https: what is followed, what is refused, and that nothing is asked of those refused."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from sources.errors import (
    InvalidAddress,
    NotAllowed,
    PictureNotFound,
    SourceBroken,
    SourceDenied,
    SourceTooSlow,
    SourceUnavailable,
    TooManyBytes,
)
from sources.networks import refusal
from tests.support.web_server import WebServer
from tests.unit.sources.conftest import MakeReader


def test_reads_a_picture_from_a_host_that_the_list_names(web: WebServer, reader: MakeReader) -> None:
    address = web.put("/open/a%20b.jpg?size=large", b"picture")
    assert reader(web.address("/open/")).read(address) == b"picture"


def test_follows_redirects_within_the_list(web: WebServer, reader: MakeReader) -> None:
    web.put("/open/end.jpg", b"picture")
    web.redirect("/open/middle.jpg", "/open/end.jpg")
    start = web.redirect("/open/start.jpg", web.address("/open/middle.jpg"))
    assert reader(web.address("/open/")).read(start) == b"picture"


@pytest.mark.parametrize(
    "leads_to",
    [
        "/closed/secret.jpg",
        "https://127.0.0.1:{port}/open/secret.jpg",
        "//127.0.0.1:{port}/open/secret.jpg",
        "https://localhost:{port}/open/../closed/secret.jpg",
        "https://localhost:{port}/open/%2e%2e/closed/secret.jpg",
        "https://user@localhost:{port}/open/secret.jpg",
        "http://localhost:{port}/open/secret.jpg",
        "file:///etc/passwd",
        "s3://museum/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/",
    ],
)
def test_refuses_a_redirect_to_what_the_list_does_not_name(
    web: WebServer, reader: MakeReader, leads_to: str
) -> None:
    start = web.redirect("/open/start.jpg", leads_to.format(port=web.port))
    before = len(web.requests)
    with pytest.raises(NotAllowed, match="redirects") as caught:
        reader(f"{web.address('/open/')} s3://elsewhere/").read(start)
    assert web.requests[before:] == ["/open/start.jpg"]
    assert caught.value.details["uri"] == start


def test_gives_up_a_ring_of_redirects(web: WebServer, reader: MakeReader) -> None:
    start, before = web.redirect("/open/ring.jpg", "/open/ring.jpg"), len(web.requests)
    with pytest.raises(SourceUnavailable, match="redirects"):
        reader(web.address("/open/")).read(start)
    assert len(web.requests) == before + 6


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
    ],
)
def test_asks_no_machine_of_this_network_unless_the_list_names_it(
    web: WebServer, reader: MakeReader, host: str
) -> None:
    before = len(web.requests)
    with pytest.raises(NotAllowed):
        reader("https://").read(f"https://{host}:{web.port}/open/a.jpg")
    with pytest.raises(NotAllowed):
        reader("https://museum.example/").read(f"https://{host}:{web.port}/open/a.jpg")
    assert len(web.requests) == before


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.01", "１２７.0.0.1"]
)
def test_refuses_addresses_in_disguise(web: WebServer, reader: MakeReader, host: str) -> None:
    before = len(web.requests)
    with pytest.raises(InvalidAddress):
        reader("https://").read(f"https://{host}:{web.port}/open/a.jpg")
    assert len(web.requests) == before


def test_asks_the_very_machine_that_was_checked(
    web: WebServer, reader: MakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to a public machine when it is checked and to this one afterwards gains nothing."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real("93.184.215.14" if len(asked) == 1 else "127.0.0.1", port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    before = len(web.requests)
    both = reader("https://", timeout_s=0.5)
    for _ in range(2):
        with pytest.raises((NotAllowed, SourceUnavailable, SourceTooSlow)):
            both.read(f"https://museum.example:{web.port}/open/a.jpg")
    assert asked == ["museum.example", "museum.example"]
    assert len(web.requests) == before


@pytest.mark.parametrize(
    ("ip_address", "named", "is_refused"),
    [
        ("93.184.215.14", False, False),
        ("10.0.0.1", False, True),
        ("10.0.0.1", True, False),
        ("100.64.0.1", False, True),
        ("fd00::1", True, False),
        ("169.254.169.254", True, True),
        ("fe80::1%eth0", True, True),
        ("fd00:ec2::254", True, True),
        ("fd00:ec2::23", True, True),
        ("fd20:ce::254", True, True),
        ("fd00:42::42", True, True),
        ("fd00:c1::a9fe:a9fe", True, True),
        ("192.0.0.192", True, True),
        ("100.100.100.200", True, True),
        ("168.63.129.16", True, True),
        ("192.0.0.8", False, True),
        ("192.88.99.1", False, True),
        ("3fff::1", False, True),
        ("fec0::1", False, True),
        ("fec0::1", True, False),
        ("2a00::200:5efe:10.0.0.1", False, True),
        ("2a00::5efe:169.254.169.254", True, True),
        ("2a00::5efe:93.184.215.14", False, False),
        ("2002:a9fe:a9fe::1", True, True),
        ("::a9fe:a9fe", True, True),
        ("224.0.0.1", True, True),
        ("0.0.0.0", True, True),
    ],
)
def test_a_named_host_may_lie_in_a_private_network_but_not_where_credentials_are_given(
    ip_address: str, named: bool, is_refused: bool
) -> None:
    assert bool(refusal(ip_address, "museum.example", named=named)) is is_refused


def test_a_link_local_address_may_be_named_as_such() -> None:
    assert refusal("169.254.169.254", "169.254.169.254", named=True) == ""


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, PictureNotFound),
        (410, PictureNotFound),
        (403, SourceDenied),
        (401, SourceDenied),
        (500, SourceUnavailable),
        (429, SourceUnavailable),
        (206, SourceUnavailable),
    ],
)
def test_tells_what_the_server_answers(
    web: WebServer, reader: MakeReader, status: int, error: type[Exception]
) -> None:
    address = web.put(f"/open/{status}.jpg", b"", status)
    with pytest.raises(error):
        reader(web.address("/")).read(address)


def test_stops_reading_at_the_limit_whether_or_not_it_was_announced(
    web: WebServer, reader: MakeReader
) -> None:
    announced = web.put("/open/announced.jpg", bytes(2000), content_length="5000000000")
    endless = web.put("/open/endless.jpg", bytes(300_000))
    del web.pages["/open/endless.jpg"][1]["content-length"]
    for address in (announced, endless):
        with pytest.raises(TooManyBytes):
            reader(web.address("/"), max_bytes=200_000).read(address)


def test_does_not_unpack_what_was_not_asked_to_be_packed(web: WebServer, reader: MakeReader) -> None:
    address = web.put("/open/packed.jpg", b"not packed at all", content_encoding="gzip")
    assert reader(web.address("/")).read(address) == b"not packed at all"


def test_tells_that_a_picture_broke_off(web: WebServer, reader: MakeReader) -> None:
    address = web.put("/open/broken.jpg", b"half", content_length="8")
    with pytest.raises(SourceBroken):
        reader(web.address("/")).read(address)


def test_gives_up_a_slow_server(web: WebServer, reader: MakeReader) -> None:
    with pytest.raises(SourceTooSlow):
        reader(web.address("/"), timeout_s=0.3).read(web.put("/slow/a.jpg", b"late"))


def test_trusts_no_certificate_for_another_name(web: WebServer, reader: MakeReader) -> None:
    before = len(web.requests)
    with pytest.raises(SourceUnavailable, match="certificate"):
        reader(f"https://127.0.0.1:{web.port}/").read(f"https://127.0.0.1:{web.port}/open/a.jpg")
    assert len(web.requests) == before


def test_has_no_folders(reader: MakeReader) -> None:
    with pytest.raises(InvalidAddress, match="no folders"):
        list(reader("https://").list_pictures("https://museum.example/2024/"))
