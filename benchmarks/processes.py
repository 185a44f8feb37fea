"""The services as child processes on free ports, for benchmarks and tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 40.0
BACKENDS = ("features", "classification", "palette")


class ServiceProcess:
    """`python -m services.<name>` on free ports; its log is kept in a file.

    Attributes:
        name: Of the service.
        target: `host:port` of its gRPC door, once it listens.
        url: Address of its HTTP door; empty where there is none.
    """

    def __init__(self, name: str, *flags: str, environment: Mapping[str, str] | None = None) -> None:
        self.name, self.target, self.url = name, "", ""
        self._output, self._log = _nameless_file(self), _nameless_file(self)
        ports = ["--grpc-port", "0", *(["--http-port", "0"] if name == "gateway" else [])]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LIENZO_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"services.{name}", *ports, *flags],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._log,
            env={**clean, **(environment or {})},
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote to standard error so far."""
        return _text(self._log)

    def wait_until_listening(self) -> ServiceProcess:
        """Returns once it answers calls.

        Raises:
            RuntimeError: With its log, when it ends first or takes too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self.target:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{self.log}")
            for line in _text(self._output).splitlines(keepends=True):
                if line.startswith("http on ") and line.endswith("\n"):
                    self.url = line.strip().removeprefix("http on ")
                elif line.startswith("listening on ") and line.endswith("\n"):
                    self.target = line.strip().removeprefix("listening on ")
            time.sleep(0.01)
        return self

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Sends it a signal, if it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def wait(self, seconds: float = 20.0) -> int:
        """Its exit status, once it has ended; one that takes longer is killed."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def stop(self) -> int:
        """Asks it to end and waits for that."""
        self.signal()
        return self.wait()

    def resident_bytes(self) -> int:
        """Its resident memory now (Linux)."""
        return resident_bytes(self.pid)


@contextmanager
def running_stack(
    models: Path,
    *gateway_flags: str,
    workers: int = 0,
    names: Sequence[str] = BACKENDS,
    environment: Mapping[str, str] | None = None,
) -> Iterator[dict[str, ServiceProcess]]:
    """The gateway and the services behind it, by name, stopped afterwards.

    Args:
        models: The model repository.
        gateway_flags: Further flags of the gateway.
        workers: Of each service; 0 leaves their default.
        names: Services behind the gateway.
        environment: Variables of all of them.
    """
    sizes = ["--workers", str(workers)] if workers else []
    started: dict[str, ServiceProcess] = {}
    try:
        for name in names:
            repository = [] if name == "palette" else ["--models", str(models)]
            started[name] = ServiceProcess(name, *repository, *sizes, environment=environment)
        targets = [
            flag
            for name in names
            for flag in (f"--{name}-target", started[name].wait_until_listening().target)
        ]
        started["gateway"] = ServiceProcess("gateway", *targets, *gateway_flags, environment=environment)
        started["gateway"].wait_until_listening()
        yield started
    finally:
        for process in started.values():
            process.signal()
        for process in started.values():
            process.wait()


def _nameless_file(owner: object) -> int:
    """Descriptor of a file that is gone when its owner is."""
    number, path = tempfile.mkstemp()
    os.unlink(path)
    weakref.finalize(owner, os.close, number)
    return number


def _text(number: int) -> str:
    return os.pread(number, os.fstat(number).st_size, 0).decode(errors="replace")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has ended")
