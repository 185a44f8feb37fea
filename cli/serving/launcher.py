"""The services of one machine, started together and stopped together: the one way in which they are."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cli.errors import FAULT, CliError
from cli.serving.process import ServiceProcess, without_settings
from services.table import GATEWAY, NEEDED, SERVICES

# Who may come in, and where: these belong to servers that others reach.
_ACCESS: Final = ("HOST", "PORT", "TLS", "JWT", "API_KEY", "INSECURE", "TARGET", "BACKEND")


@contextmanager
def running_services(
    backends: Iterable[str] = NEEDED,
    *,
    folders: Mapping[str, Path | str] = {},
    grpc_port: int = 0,
    http_port: int | None = 0,
    backend_flags: Sequence[str] = (),
    gateway_flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    keep_logs: bool = True,
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[dict[str, ServiceProcess]]:
    """Runs services behind a gateway, which alone can be reached from other machines, and stops them again.

    Args:
        backends: The services behind the gateway, by name.
        folders: Folders, or other places, by the setting that names them, such as `models`.
        grpc_port: Of the gateway; the others take the ports that follow, as by default. 0 takes free ones.
        http_port: Of the gateway; 0 takes a free one, None leaves it to its settings.
        backend_flags: Further settings of each service behind the gateway.
        gateway_flags: Further settings of the gateway.
        environment: Variables of all of them, of which settings that let callers in reach the gateway only;
            None stands for those of this process without any setting of ours.
        keep_logs: False lets their logs go where this process's standard error goes.
        pause: Waits for so many seconds while they start; returns something true to end that.

    Yields:
        The processes by name, all of them answering; one that is put in another's place is stopped with them.

    Raises:
        CliError: When a library is missing that one of them needs, or one does not start. A setting that
            cannot be used is told before any of them has begun.
        StartStopped: When `pause` ended the start; those that were started are stopped.
    """
    names = tuple(backends)
    check_installed((*names, GATEWAY.name))
    variables = without_settings(os.environ) if environment is None else environment
    started: dict[str, ServiceProcess] = {}

    def start(name: str, flags: Sequence[str], variables: Mapping[str, str]) -> None:
        started[name] = ServiceProcess(
            name,
            *flags,
            folders=folders,
            grpc_port=grpc_port and grpc_port + SERVICES[name].grpc_port - GATEWAY.grpc_port,
            http_port=http_port,
            environment=variables,
            keep_log=keep_logs,
            is_held=True,
        )

    try:
        for name in names:
            start(name, backend_flags, for_loopback(variables))
        start(GATEWAY.name, gateway_flags, variables)
        _let_begin(started, pause)
        yield started
    finally:
        stop(started.values())


def _let_begin(held: Mapping[str, ServiceProcess], pause: Callable[[float], object]) -> None:
    """Lets services begin once the settings of all fit: the gateway last, told where the others are."""
    for service in held.values():
        service.wait_until_settings_fit(pause=pause)
    backends = {name: service for name, service in held.items() if name != GATEWAY.name}
    for service in backends.values():
        service.go_on()
    targets = [
        f"--{name}-target={service.wait_until_listening(pause=pause).target}"
        for name, service in backends.items()
    ]
    held[GATEWAY.name].go_on(*targets)
    held[GATEWAY.name].wait_until_listening(pause=pause)


def stop(services: Iterable[ServiceProcess]) -> None:
    """Ends them all: every one is asked before the first one is waited for."""
    running = list(services)
    for service in running:
        service.signal()
    for service in running:
        service.wait()


def check_installed(services: Iterable[str]) -> None:
    """Says what to install before anything is started without it.

    Raises:
        CliError: Naming the first library that is missing, and the extra that brings it.
    """
    for service in services:
        missing = next((each for each in SERVICES[service].imports if find_spec(each) is None), None)
        if missing:
            raise CliError(
                f"Serving needs {missing}, which is not installed: pip install 'lienzo[serve]'"
                f" (or, for this service alone, 'lienzo[{service}]').",
                FAULT,
            )


def for_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the settings that say who may come in and where.

    >>> for_loopback({"HOME": "/root", "LIENZO_HOST": "0.0.0.0", "LIENZO_WORKERS": "2"})
    {'HOME': '/root', 'LIENZO_WORKERS': '2'}
    """
    return {
        name: value
        for name, value in environment.items()
        if not (name.startswith("LIENZO_") and any(setting in name for setting in _ACCESS))
    }
