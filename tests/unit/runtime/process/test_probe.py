"""A health probe against real servers on loopback."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from runtime.process.probe import main
from tests.unit.runtime.conftest import Run

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@contextmanager
def server(
    status: health_pb2.HealthCheckResponse.ServingStatus,
    *,
    credentials: grpc.ServerCredentials | None = None,
) -> Iterator[str]:
    """A server that says how it is; yields its address."""
    servicer = health.HealthServicer()
    servicer.set("", status)
    running = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, running)
    port = (
        running.add_secure_port("127.0.0.1:0", credentials)
        if credentials
        else running.add_insecure_port("127.0.0.1:0")
    )
    running.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        running.stop(None).wait()


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    """Private key and certificate of a server named `lienzo.test`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lienzo.test")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("lienzo.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, signed.public_bytes(serialization.Encoding.PEM)


def test_a_serving_server_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with server(SERVING) as target:
        assert main([target]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_server_that_still_loads_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with server(NOT_SERVING) as target:
        assert main([target]) == 1
    assert capsys.readouterr().err == f"{target}: NOT_SERVING\n"


def test_a_service_that_the_server_does_not_have_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with server(SERVING) as target:
        assert main([target, "--service", "lienzo.nothing.v1.NothingService"]) == 1
    assert "NOT_FOUND" in capsys.readouterr().err


def test_nobody_on_the_port_is_told_within_the_timeout(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = f"127.0.0.1:{silent.getsockname()[1]}"
        assert main([target, "--timeout", "0.3"]) == 1
    assert main([target, "--timeout", "0.3"]) == 1
    got = capsys.readouterr().err.splitlines()
    assert got[0].startswith(f"{target}: DEADLINE_EXCEEDED")
    assert got[1].startswith(f"{target}: UNAVAILABLE")


def test_asks_over_tls(certificate: tuple[bytes, bytes], tmp_path: Path) -> None:
    roots = tmp_path / "ca.pem"
    roots.write_bytes(certificate[1])
    with server(SERVING, credentials=grpc.ssl_server_credentials([certificate])) as target:
        assert main([target, "--ca", str(roots), "--server-name", "lienzo.test"]) == 0
        assert main([target, "--timeout", "1"]) == 1


def test_needs_no_key_where_every_other_call_does(run: Run, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("ana:" + "0" * 64)
    assert main([run(api_keys_file=keys).target]) == 0


def test_a_file_that_is_not_there_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["127.0.0.1:1", "--ca", str(tmp_path / "ca.pem")])
    assert stopped.value.code == 2
    assert "ca.pem cannot be read: No such file or directory" in capsys.readouterr().err
