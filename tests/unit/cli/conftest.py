"""The command line, in this process."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest

from cli.main import run_command


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    status: int
    out: str
    err: str


class Lienzo:
    """The command line, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self._capsys.readouterr()
        status = run_command(arguments)
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ran(status, captured.out, captured.err)


@pytest.fixture
def lienzo(capsys: pytest.CaptureFixture[str]) -> Lienzo:
    return Lienzo(capsys)


@pytest.fixture
def unused_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
