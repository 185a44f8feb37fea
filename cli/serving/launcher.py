"""One service as a child process: started, waited for, stopped."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from cli.errors import CliError

START_S = 60.0
STOP_S = 15.0
_LISTENING = "listening on "
_HTTP = "http on "


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of our modules in a process of its own, installed or in a checkout."""
    return [sys.executable, "-m", "lienzo_application", module, *arguments]


class ServiceProcess:
    """A service in a process of its own.

    Attributes:
        name: `gateway`, `features`, `classification` or `palette`.
        address: `host:port` that it listens on; empty before `wait_until_listening`.
        web: Address of its web page; empty for services that have none.

    Args:
        name: Which service.
        flags: Its settings, as `python -m services.<name>` takes them.
        environment: Variables of the child.
        log: Where its log goes; None means where this process's standard error goes.
    """

    def __init__(
        self, name: str, flags: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | None = None
    ) -> None:
        self.name = name
        self.address = ""
        self.web = ""
        self._log = log
        command = module_command("cli.serving.child", f"services.{name}", *flags)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment, text=True
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name=f"lienzo-{name}", daemon=True).start()

    def wait_until_listening(self, seconds: float = START_S) -> None:
        """Returns once the service answers calls.

        Raises:
            CliError: When it ends first, with the last line of its log, or takes too long.
        """
        deadline = time.monotonic() + seconds
        while not self.address:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise CliError(f"The {self.name} service is not up after {seconds:g} s.", 1) from None
            if line is None:
                raise self._failure()
            if line.startswith(_HTTP):
                self.web = line.removeprefix(_HTTP)
            elif line.startswith(_LISTENING):
                self.address = line.removeprefix(_LISTENING)

    @property
    def exit_status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Asks it to finish what it does and to end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = STOP_S) -> None:
        """Returns once it has ended; one that does not listen is killed."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _failure(self) -> CliError:
        status = self._process.wait()
        said = self._last_words()
        # A service ends with 2 for settings that cannot be used, and that is the caller's to mend.
        return CliError(
            f"The {self.name} service did not start: {said or f'exit status {status}'}",
            2 if status == 2 else 1,
        )

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def stop(services: Iterable[ServiceProcess]) -> None:
    """Ends them all: every one is asked before the first one is waited for."""
    running = list(services)
    for service in running:
        service.terminate()
    for service in running:
        service.wait()
