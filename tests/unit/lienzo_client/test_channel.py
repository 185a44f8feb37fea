"""Targets, and what is refused before anything is sent."""

from __future__ import annotations

import json

import pytest

from lienzo_client import Client
from lienzo_client.channel import Connection, is_loopback, service_config


@pytest.mark.parametrize(
    "target",
    [
        "localhost:1",
        "127.0.0.1:1",
        "127.8.8.8:1",
        "[::1]:1",
        "unix:/run/x.sock",
        "dns:///localhost:1",
        "ipv4:127.0.0.1:1",
        "ipv4:127.0.0.1:1,127.0.0.2:1",
        "ipv6:[::1]:1,[::1]:2",
    ],
)
def test_plain_text_stays_on_this_machine(target: str) -> None:
    assert is_loopback(target)
    assert Connection(target).plain_text


@pytest.mark.parametrize(
    "target",
    [
        "museum.local:50050",
        "10.0.0.1:1",
        "localhost.example:1",
        "dns:///a.b:1",
        "0.0.0.0:1",
        "ipv4:127.0.0.1:1,10.0.0.1:1",
    ],
)
def test_another_machine_gets_tls_unless_plain_text_is_asked_for(target: str) -> None:
    assert not Connection(target).plain_text
    assert Connection(target, insecure=True).plain_text


def test_root_certificates_mean_tls_even_to_this_machine() -> None:
    assert not Connection("localhost:1", root_certificates=b"pem").plain_text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"insecure": True, "root_certificates": b"x"}, "root_certificates are for TLS"),
        ({"timeout_s": 0}, "a deadline is above 0 seconds"),
        ({"attempts": 9}, "gRPC tries 1 to 5 times"),
        ({"target": ""}, "the target is empty"),
        ({"api_key": "two\nlines"}, "api_key has a line end"),
        ({"api_key": "clé"}, "api_key has a line end or another character"),
        ({"client_key": b"pem"}, "client_certificate and client_key belong together"),
        (
            {"insecure": True, "client_key": b"pem", "client_certificate": b"pem"},
            "client_certificate is for TLS",
        ),
    ],
)
def test_contradictions_are_told_at_once(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Client(**arguments)  # type: ignore[arg-type]


def test_only_calls_that_change_nothing_are_repeated() -> None:
    config = json.loads(service_config(3))
    (methods,) = config["methodConfig"]
    names = {name["method"] for name in methods["name"]}
    assert "ClassifyImage" in names
    assert not names & {"StreamClassifyImages", "UploadImage", "DownloadModel"}
    assert methods["retryPolicy"]["maxAttempts"] == 3
    assert "methodConfig" not in json.loads(service_config(1))
