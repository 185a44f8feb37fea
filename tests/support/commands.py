"""Command lines as they are read, and commands as processes with what they leave behind (Linux)."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from cli.commands.table import COMMANDS


def parse(arguments: Sequence[str]) -> dict[str, Any]:
    """Reads a command line as `lienzo` does, without running it; raises click's errors where it is wrong."""
    name, *rest = arguments
    command, app = COMMANDS[name], typer.Typer(add_completion=False)
    app.command(**command.settings)(command.load())
    return get_command(app).make_context(name, list(rest)).params


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
