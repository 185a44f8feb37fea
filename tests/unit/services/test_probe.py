"""The health check of containers finds its service by the settings of the service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from cli.serving.process import ServiceProcess
from runtime.process.aio_server import RunningServer
from runtime.process.server import Service, with_workers
from services.probe import main, running_flags, settings_of
from services.table import SERVICES
from tests.support.certificate import make_certificate


@pytest.mark.slow
def test_asks_over_tls_and_on_the_port_that_flags_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = make_certificate(tmp_path, "*.museum.example")
    process = ServiceProcess("palette", *certificate.flags, "--host", "0.0.0.0").wait_until_listening()
    try:
        port = process.target.rpartition(":")[2]
        flags = [*certificate.flags, "--max-collection", "9", "--host", "0.0.0.0"]
        assert main(["palette", *flags, "--grpc-port", port]) == 0, capsys.readouterr().err
    finally:
        process.stop()
    assert main(["palette", "--timeout", "0.5", *flags, "--grpc-port", port]) == 1
    assert capsys.readouterr().err.startswith(f"127.0.0.1:{port}: UNAVAILABLE")


async def test_asks_as_the_environment_names_it_and_tells_what_the_service_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "10.1.2.3")
    monkeypatch.setenv("LIENZO_TLS_CERTIFICATE", str(certificate.chain))
    monkeypatch.setenv("LIENZO_TLS_KEY", str(certificate.key))
    monkeypatch.setattr(sys, "argv", ["palette"])
    contract = SERVICES["palette"].contract
    settings = settings_of("palette", ["--grpc-port", "0"])
    service = Service(contract, {}, lambda *_: None, problem=lambda: "no paint")
    server = RunningServer(settings, with_workers(settings, service))
    port = await server.start()
    try:
        monkeypatch.setenv("LIENZO_PALETTE_GRPC_PORT", str(port))
        # A flag, so that no palette service of somebody else on this machine is found.
        assert await asyncio.to_thread(main, ["palette", "--log-level", "info"]) == 1
    finally:
        await server.stop(0)
    assert capsys.readouterr().err == f"127.0.0.1:{port}: no paint\n"


def test_finds_the_flags_of_the_process_that_runs(tmp_path: Path) -> None:
    def run(pid: int, line: str) -> None:
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_bytes(line.replace(" ", "\0").encode() + b"\0")

    run(7, "python -m services.probe features")
    run(12, "")
    assert running_flags("features", tmp_path) == []
    run(8, "python -m lienzo_application services.features --grpc-port 6000 --workers 2")
    assert running_flags("features", tmp_path) == ["--grpc-port", "6000", "--workers", "2"]


def test_an_unknown_service_is_wrong_input() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["nothing"])
    assert stopped.value.code == 2
