"""Services for the length of one command: on this machine, on free ports, gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from cli.errors import FAULT, CliError
from cli.serving.launcher import ServiceProcess, stop

# Who may come in, and where: these belong to servers that others reach. What serves one command listens on
# loopback, for that command alone.
_DOORS = ("HOST", "PORT", "TLS", "JWT", "API_KEY", "INSECURE", "TARGET", "BACKEND")
_RECOGNITION = ("features", "classification")
_READS_MODELS = ("gateway", "features", "classification")


# A module of each library that a service imports; the extra is called like the service.
_NEEDS = {
    "gateway": ("connectrpc", "fastapi", "uvicorn", "python_multipart"),
    "features": ("cv2", "onnxruntime", "PIL", "pillow_heif"),
    "classification": ("cv2", "onnxruntime"),
    "palette": ("cv2", "PIL", "coloraide"),
}


@contextmanager
def local_services(models: Path, backends: Sequence[str] = _RECOGNITION) -> Iterator[str]:
    """Starts a gateway and what it needs, and stops them again.

    Args:
        models: The model repository.
        backends: Which services beside the gateway: `features`, `classification`, `palette`.

    Yields:
        `host:port` of the gateway, which answers calls.

    Raises:
        CliError: When one of them does not start.
    """
    check_installed([*backends, "gateway"])
    started: list[ServiceProcess] = []
    with ExitStack() as logs:
        try:
            started.extend(_start(logs, name, _flags(name, models)) for name in backends)
            for service in started:
                service.wait_until_listening()
            targets = [flag for each in started for flag in (f"--{each.name}-target", each.address)]
            started.append(
                _start(logs, "gateway", ["--http-port", "0", *_flags("gateway", models), *targets])
            )
            started[-1].wait_until_listening()
            yield started[-1].address
        finally:
            stop(started)


def check_installed(services: Iterable[str]) -> None:
    """Says what to install before anything is started without it.

    Raises:
        CliError: Naming the first library that is missing, and the extra that brings it.
    """
    for service in services:
        missing = next((each for each in _NEEDS[service] if find_spec(each) is None), None)
        if missing:
            raise CliError(
                f"Serving needs {missing}, which is not installed: pip install 'lienzo[serve]'"
                f" (or, for this service alone, 'lienzo[{service}]').",
                FAULT,
            )


def without_doors(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the settings that say who may come in and where."""
    return {
        name: value
        for name, value in environment.items()
        if not (name.startswith("LIENZO_") and any(door in name for door in _DOORS))
    }


def _flags(name: str, models: Path) -> list[str]:
    return ["--models", str(models)] if name in _READS_MODELS else []


def _start(logs: ExitStack, name: str, flags: Sequence[str]) -> ServiceProcess:
    log = logs.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # closed with the others
    settings = ["--host", "127.0.0.1", "--grpc-port", "0", "--drain-seconds", "1", *flags]
    return ServiceProcess(name, settings, without_doors(os.environ), log)
