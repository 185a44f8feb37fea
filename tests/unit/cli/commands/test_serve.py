"""`lienzo serve` and the processes behind it, for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lienzo_client import Client, InvalidPicture
from services.table import SERVICES
from tests.support.commands import children_of, is_alive, read_line
from tests.support.works import make_catalogue, reference

LIENZO = [sys.executable, "-c", "from cli.main import run; run()"]


@pytest.fixture
def served(place: Any, tmp_path: Path) -> Iterator[Any]:
    """Starts `lienzo serve …`, before there are catalogues, and ends it after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        folders = ["--models", str(place.models), "--catalogues", str(tmp_path / "catalogues")]
        command = [*LIENZO, "serve", *arguments, *folders]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=30)


def test_one_service_becomes_the_process_itself_and_ends_where_signals_come_thick_and_fast(
    served: Any,
) -> None:
    process = served("classification", "--grpc-port", "0")
    assert read_line(process).startswith("listening on 127.0.0.1:")
    assert children_of(process.pid) == []
    for _ in range(100):
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0


def test_all_start_together_and_end_together(served: Any, place: Any, tmp_path: Path) -> None:
    process = served("--grpc-port", "0", "--http-port", "0", "--max-picture-bytes", "40000")
    line = read_line(process)
    assert line.startswith("Services up: gateway :")
    for part in ("http://127.0.0.1:", *(f"{name} :" for name in SERVICES)):
        assert part in line
    port = line.split("gateway :")[1].split()[0]
    with Client(f"127.0.0.1:{port}") as client:
        assert client.classify_image(place.photo("circles")).label == "circles"
        make_catalogue(tmp_path / "catalogues", [1])  # the first one, of which nobody tells the server
        assert [each.id for each in client.identify_work(reference(1)).works] == ["work-1"]
        with pytest.raises(InvalidPicture, match="at most 40000"):
            client.classify_image(bytes(40_001))
    children = children_of(process.pid)
    assert len(children) == len(SERVICES)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert not any(map(is_alive, children))


def test_machines_are_told_the_addresses_and_when_one_service_dies_the_rest_is_stopped(served: Any) -> None:
    process = served("--grpc-port", "0", "--http-port", "0", "--json")
    services = json.loads(read_line(process))["services"]
    assert list(services) == list(SERVICES)
    assert services["gateway"]["http"].startswith("http://127.0.0.1:")
    assert all(each["grpc"].startswith("127.0.0.1:") for each in services.values())
    children = children_of(process.pid)
    victim = next(
        child for child in children if "services.features" in Path(f"/proc/{child}/cmdline").read_text()
    )
    os.kill(victim, signal.SIGKILL)
    assert process.wait(timeout=20) == 1
    assert process.stderr is not None
    assert "The features service ended with status -9" in process.stderr.read()
    assert not any(map(is_alive, children))


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--max-streams", "0", "lienzo gateway: max_streams: Input should be greater than or equal to 1"),
        ("--grpc-port", "65535", "lienzo palette: grpc_port: Input should be less than or equal to 65535"),
        ("--catalogues", "", "lienzo catalogue: catalogues: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_before_any_service_begins(
    place: Any, flag: str, value: str, said: str
) -> None:
    command = [*LIENZO, "serve", "--models", str(place.models), "--grpc-port", "0", "--http-port", "0"]
    ran = subprocess.run([*command, flag, value], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "did not start: exit status 2" in ran.stderr
    assert "serving lienzo." not in ran.stderr


def test_the_gateway_listens_where_its_variable_says(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENZO_GATEWAY_GRPC_PORT", "0")
    services = json.loads(read_line(served("--http-port", "0", "--json")))["services"]
    usual = [f"127.0.0.1:{each.grpc_port}" for each in SERVICES.values()]
    assert not {each["grpc"] for each in services.values()}.intersection(usual)


def test_a_variable_that_is_no_port_is_refused(lienzo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENZO_GATEWAY_GRPC_PORT", "50x")
    ran = lienzo("serve")
    assert ran.status == 2
    assert ran.err == "LIENZO_GATEWAY_GRPC_PORT should be a port, from 0 to 65535, not 50x.\n"


def test_a_port_that_is_taken_is_told(served: Any, target: str) -> None:
    process = served("gateway", "--grpc-port", target.rpartition(":")[2], "--http-port", "0")
    assert process.wait(timeout=20) == 2
