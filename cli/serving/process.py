"""One service as a child process: started, waited for, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cli.errors import FAULT, WRONG_INPUT, CliError
from cli.serving.child import HELD, SETTINGS_FIT
from services.table import SERVICES

START_S: Final = 60.0
STOP_S: Final = 20.0
_LISTENING: Final = "listening on "
_HTTP: Final = "http on "
_PREFIX: Final = "LIENZO_"


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of our modules in a process of its own, installed or in a checkout."""
    return [sys.executable, "-m", "lienzo_application", module, *arguments]


class ServiceFailed(CliError):
    """A service ended before it answered calls, or took too long to. All of its log is in the notes."""


class StartStopped(Exception):
    """Nobody waits for a service any more."""


class ServiceProcess:
    """A service in a process of its own, which ends with this process at the latest.

    Attributes:
        name: Which service.
        target: `host:port` for gRPC; empty before `wait_until_listening`.
        url: Address for HTTP; empty for services without.

    Args:
        name: Which service.
        flags: Settings, as `python -m services.<name>` takes them.
        folders: Folders, or other places, by the setting that names them; it is given those that it reads.
        grpc_port: Where it listens; 0 takes a free port.
        http_port: The same for HTTP, for services that have it; None leaves it to the service's settings.
        environment: Its variables; None gives it those of this process without any setting of ours.
        keep_log: False lets its log go where this process's standard error goes.
        is_held: Whether it only reads its settings, until `go_on`.
    """

    def __init__(
        self,
        name: str,
        *flags: str,
        folders: Mapping[str, Path | str] = {},
        grpc_port: int = 0,
        http_port: int | None = 0,
        environment: Mapping[str, str] | None = None,
        keep_log: bool = True,
        is_held: bool = False,
    ) -> None:
        self.name, self.target, self.url = name, "", ""
        self._output = _nameless_file(self)
        self._log = _nameless_file(self) if keep_log else None
        entry = SERVICES[name]
        settings: dict[str, object] = {"grpc-port": grpc_port}
        if entry.http_port and http_port is not None:
            settings["http-port"] = http_port
        settings |= {each: folders[each] for each in entry.folders if each in folders}
        self._process = subprocess.Popen(
            [
                *module_command("cli.serving.child", *([HELD] if is_held else []), f"services.{name}"),
                *(part for setting, value in settings.items() for part in (f"--{setting}", str(value))),
                *flags,
            ],
            stdin=subprocess.PIPE,  # see `cli.serving.child`
            stdout=self._output,
            stderr=self._log,
            env=without_settings(os.environ) if environment is None else environment,
            process_group=0,  # Ctrl-C is for this process, which ends it in an orderly way
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote to standard error so far; empty when that is not kept."""
        return "" if self._log is None else _text(self._log)

    @property
    def exit_status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    def wait_until_listening(
        self, seconds: float = START_S, pause: Callable[[float], object] = time.sleep
    ) -> ServiceProcess:
        """Returns once it answers calls.

        Args:
            seconds: How long that may take.
            pause: Waits for so many seconds; returns something true to end the waiting.

        Raises:
            ServiceFailed: When it ends first, with the last line of its log, or takes too long.
            StartStopped: When `pause` ended the waiting.
        """
        target = self._wait_for(_LISTENING, seconds, pause)
        self.url = next((each.removeprefix(_HTTP) for each in self._lines if each.startswith(_HTTP)), "")
        self.target = target.removeprefix(_LISTENING)
        return self

    def wait_until_settings_fit(
        self, seconds: float = START_S, pause: Callable[[float], object] = time.sleep
    ) -> None:
        """Returns once a service that is held has read its settings; raises as `wait_until_listening`."""
        self._wait_for(SETTINGS_FIT, seconds, pause)

    def go_on(self, *flags: str) -> None:
        """Lets a service that is held begin, with further settings."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it has ended, which the next wait tells
                self._process.stdin.write(f"{json.dumps(flags)}\n".encode())
                self._process.stdin.flush()

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Sends it a signal, if it still runs; without a number it finishes what it does and ends."""
        if self.exit_status is None:
            self._process.send_signal(number)

    def wait(self, seconds: float = STOP_S) -> int:
        """Its exit status, once it has ended; one that takes longer is killed."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return self._process.wait()

    def stop(self) -> int:
        """Asks it to end, and returns its exit status once it has."""
        self.signal()
        return self.wait()

    def kill(self) -> None:
        """Ends it at once, whatever it does."""
        self.signal(signal.SIGKILL)
        self.wait()

    @property
    def _lines(self) -> list[str]:
        """The whole lines that it printed."""
        return _text(self._output).rpartition("\n")[0].splitlines()

    def _wait_for(self, beginning: str, seconds: float, pause: Callable[[float], object]) -> str:
        """Returns the first line that begins so, once it is printed."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.exit_status  # before its output is read, so that the last line counts
            for line in self._lines:
                if line.startswith(beginning):
                    return line
            if pause(0.01):  # first: whoever ends this process may have ended that one, too
                raise StartStopped
            if status is not None:
                raise self._failure(f"did not start: {self._last_words() or f'exit status {status}'}", status)
            if time.monotonic() > deadline:
                raise self._failure(f"is not up after {seconds:g} s.")

    def _failure(self, what: str, status: int = FAULT) -> ServiceFailed:
        # A service ends with 2 for settings that cannot be used, and that is the caller's to mend.
        failure = ServiceFailed(f"The {self.name} service {what}", WRONG_INPUT if status == 2 else FAULT)
        failure.add_note(self.log)
        return failure

    def _last_words(self) -> str:
        return next(reversed(self.log.strip().splitlines()), "")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now (Linux).

    Raises:
        ProcessLookupError: When it has ended.
    """
    with suppress(FileNotFoundError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has ended")


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without any setting of ours.

    >>> without_settings({"HOME": "/root", "LIENZO_MODELS": "models"})
    {'HOME': '/root'}
    """
    return {name: value for name, value in environment.items() if not name.startswith(_PREFIX)}


def _nameless_file(owner: object) -> int:
    """Descriptor of a file that is gone when its owner is."""
    number, path = tempfile.mkstemp()
    os.unlink(path)
    weakref.finalize(owner, os.close, number)
    return number


def _text(number: int) -> str:
    return os.pread(number, os.fstat(number).st_size, 0).decode(errors="replace")
