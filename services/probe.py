"""Asks a service on this machine whether it serves, as the health check of its container.

`python -m lienzo_application services.probe features` reads the settings that the service itself reads, so
that it finds the port and speaks TLS where the service does: the environment, and the flags that the running
process was started with. Exit status 0 or 1; a problem goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.configuration.settings import Port, ServerSettings, load_settings
from runtime.configuration.tls import certificate_name
from runtime.process.addresses import address_of
from runtime.process.probe import Probe
from services.table import SERVICES

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # where "everywhere" can be asked


def settings_of(name: str, flags: Sequence[str]) -> ServerSettings:
    """Reads the settings of a service that every server has; its own ones would need its libraries."""

    class Settings(ServerSettings):
        model_config = SettingsConfigDict(cli_ignore_unknown_args=True)
        process = name
        grpc_port: Port = Field(SERVICES[name].grpc_port)

    before, sys.argv = sys.argv, [name, *flags]
    try:
        return load_settings(Settings)
    finally:
        sys.argv = before


def running_flags(name: str, processes: Path = Path("/proc")) -> list[str]:
    """Finds the flags of a running service (Linux); none where it cannot be found.

    Args:
        name: Which service; in a container it is the only one of its kind.
        processes: The system's folder of processes.
    """
    module = f"services.{name}"
    for path in sorted(processes.glob("[0-9]*/cmdline")):
        try:
            arguments = path.read_text(errors="replace").rstrip("\0").split("\0")
        except OSError:  # it has ended
            continue
        if module in arguments:
            return arguments[arguments.index(module) + 1 :]
    return []


def probe_of(settings: ServerSettings, timeout_seconds: float) -> Probe:
    """Makes the probe that asks a server with such settings, on this machine."""
    target = address_of(_ANY.get(settings.host, settings.host), settings.grpc_port)
    if settings.tls_certificate is None:
        return Probe(target, timeout_seconds=timeout_seconds)
    # Its own certificate is what it must show; the name in it is not that of this machine.
    return Probe(
        target,
        timeout_seconds=timeout_seconds,
        root_certificates=settings.tls_certificate.read_bytes(),
        server_name=certificate_name(settings.tls_certificate),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks once; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m services.probe",
        description="Does a service serve? Further arguments are its flags; by default those it runs with.",
        allow_abbrev=False,
    )
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS")
    given, flags = parser.parse_known_args(arguments)
    probe = probe_of(settings_of(given.service, flags or running_flags(given.service)), given.timeout)
    problem = probe.problem()
    if problem:
        print(f"{probe.target}: {problem}", file=sys.stderr)  # noqa: T201  # what the engine shows of a check
    return 1 if problem else 0


if __name__ == "__main__":
    raise SystemExit(main())
