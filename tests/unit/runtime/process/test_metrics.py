"""Metrics are served with the TLS of the server."""

from __future__ import annotations

import socket
import ssl
import sys
import threading

import httpx
import pytest

from runtime.process.addresses import CannotListen
from runtime.process.metrics import open_metrics
from tests.support.certificate import Certificate, make_certificate
from tests.unit.runtime.conftest import ExampleSettings


@pytest.fixture(autouse=True)
def _no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["example"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "127.0.0.1")


def test_are_encrypted_where_the_server_is(certificate: Certificate) -> None:
    settings = ExampleSettings(
        metrics_port=0, tls_certificate=certificate.chain, tls_key=certificate.key, metrics_host="127.0.0.1"
    )
    with open_metrics(settings) as port:
        url = f"https://127.0.0.1:{port}/metrics"
        trusted = ssl.create_default_context(cafile=certificate.authority)
        # A connection that stays silent holds up no other.
        with socket.create_connection(("127.0.0.1", port or 0)):
            answer = httpx.get(url, verify=trusted, timeout=5)
        assert "lienzo_calls_total" in answer.text
        with pytest.raises(httpx.HTTPError):
            httpx.get(url.replace("https", "http"), timeout=5)
    assert not [each for each in threading.enumerate() if each.name == "metrics" and each.is_alive()]


def test_are_plain_where_the_server_is_and_need_a_port_of_their_own() -> None:
    with open_metrics(ExampleSettings(metrics_port=0)) as port:
        assert "lienzo_calls_total" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
        with pytest.raises(CannotListen), open_metrics(ExampleSettings(metrics_port=port)):
            pass


def test_are_not_served_without_a_port() -> None:
    with open_metrics(ExampleSettings()) as port:
        assert port is None
