"""`lienzo serve` and the processes behind it, for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.serving.launcher import ServiceProcess, stop
from cli.serving.local import without_doors
from lienzo_client import Client, InvalidPicture

LIENZO = [sys.executable, "-c", "from cli.main import run; run()"]


@pytest.fixture
def served(place: Any) -> Iterator[Any]:
    """Starts `lienzo serve …`, and ends it after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [*LIENZO, "serve", *arguments, "--models", str(place.models)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=30)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pids: list[int], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_service_becomes_the_process_itself(served: Any) -> None:
    process = served("classification", "--grpc-port", "0")
    assert read_line(process).startswith("listening on 127.0.0.1:")
    assert children_of(process.pid) == []
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


def test_signals_that_come_thick_and_fast_still_end_it(served: Any) -> None:
    process = served("classification", "--grpc-port", "0")
    read_line(process)
    for _ in range(100):
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 0


def test_all_four_start_together_and_end_together(served: Any, place: Any) -> None:
    process = served("--grpc-port", "0", "--http-port", "0", "--max-picture-bytes", "20000")
    line = read_line(process)
    assert line.startswith("Services up: gateway :")
    for name in ("http://127.0.0.1:", "features :", "classification :", "palette :"):
        assert name in line
    port = line.split("gateway :")[1].split()[0]
    with Client(f"127.0.0.1:{port}") as client:
        assert client.classify_image(place.photo("circles")).label == "circles"
        with pytest.raises(InvalidPicture, match="at most 20000"):
            client.classify_image(bytes(20_001))
    children = children_of(process.pid)
    assert len(children) == 4
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert not any(map(is_alive, children))


def test_machines_are_told_the_addresses_in_one_line(served: Any) -> None:
    services = json.loads(read_line(served("--grpc-port", "0", "--http-port", "0", "--json")))["services"]

    assert list(services) == ["gateway", "features", "classification", "palette"]
    assert services["gateway"]["http"].startswith("http://127.0.0.1:")
    assert all(each["grpc"].startswith("127.0.0.1:") for each in services.values())


def test_when_one_service_dies_the_rest_is_stopped_and_it_is_named(served: Any) -> None:
    process = served("--grpc-port", "0", "--http-port", "0")
    read_line(process)
    children = children_of(process.pid)
    victim = next(
        child for child in children if "services.features" in Path(f"/proc/{child}/cmdline").read_text()
    )
    os.kill(victim, signal.SIGKILL)
    assert process.wait(timeout=20) == 1
    assert process.stderr is not None
    assert "The features service ended with status -9" in process.stderr.read()
    assert not any(map(is_alive, children))


def test_a_port_that_is_taken_is_told(served: Any, target: str) -> None:
    process = served("gateway", "--grpc-port", target.rpartition(":")[2], "--http-port", "0")
    assert process.wait(timeout=20) == 2


def test_services_of_a_killed_command_end_too(place: Any, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from cli.serving.local import local_services\n"
        "with local_services(Path(sys.argv[1])) as target: print(target, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(place.models)], stdout=subprocess.PIPE, text=True
    )
    assert read_line(process).startswith("127.0.0.1:")
    children = children_of(process.pid)
    assert len(children) == 3
    process.kill()
    process.communicate()
    wait_until_gone(children)


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b") as log:
        service = ServiceProcess("features", ["--workers", "0"], dict(os.environ), log)
        with pytest.raises(CliError, match=r"The features service did not start: .*workers") as caught:
            service.wait_until_listening()
        stop([service])
    assert caught.value.status == 2


def test_settings_of_other_servers_do_not_reach_services_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIENZO_API_KEYS_FILE", "/no/such/file")
    monkeypatch.setenv("LIENZO_GATEWAY_HTTP_PORT", "1")
    monkeypatch.setenv("LIENZO_MAX_PICTURE_BYTES", "1000")
    kept = {name for name in without_doors(os.environ) if name.startswith("LIENZO_")}
    assert kept == {"LIENZO_MAX_PICTURE_BYTES"}
