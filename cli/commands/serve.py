"""`lienzo serve`: all four services on one machine, or the one that a container runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CliError
from cli.options import DEFAULT_MODELS, AsJson, Models
from cli.output.console import print_json_line
from cli.serving.launcher import ServiceProcess, module_command, stop
from cli.serving.local import check_installed, without_doors
from runtime.signals import StopSignal

DEFAULT_GRPC_PORT = 50050
_CHECK_S = 0.2
SERVICES = ("gateway", "features", "classification", "palette")

Catalogues = Annotated[
    Path, typer.Option("--catalogues", envvar="LIENZO_CATALOGUES", help="The catalogues.", show_envvar=True)
]


def serve(
    context: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar=f"[{'|'.join(SERVICES)}]", help="Which one; all four if left out.")
    ] = "",
    models: Models = DEFAULT_MODELS,
    catalogues: Catalogues = Path("catalogues"),
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this machine only by default.")
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port for gRPC (50050 to 50053 by service); 0 takes a free one."),
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port for HTTP and the web page (8080); 0 takes a free one."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve models: all services, or the one named.

    Further flags are settings of the service that is named, or of the gateway; every setting may also come
    from the environment: LIENZO_LOG_FORMAT=json, LIENZO_GATEWAY_MAX_IN_FLIGHT=64, …

    With all four, --host and --grpc-port are the gateway's; the others listen on this machine alone, on
    the three ports that follow.
    """
    own = [("host", host), ("http-port", http_port)]
    flags = [part for name, value in own if value is not None for part in (f"--{name}", str(value))]
    if service.startswith("-"):  # a setting of the gateway, with no service before it
        flags.append(service)
        service = ""
    flags += context.args
    if service and service not in SERVICES:
        raise CliError(f'No service "{service}". There are: {", ".join(SERVICES)}.')
    check_installed([service] if service else SERVICES)
    os.environ["LIENZO_CATALOGUES"] = str(catalogues)
    if service:
        if as_json:
            raise CliError("--json tells the addresses of all four services; one alone prints its own.")
        port = [] if grpc_port is None else ["--grpc-port", str(grpc_port)]
        _become(service, [*_model_flags(service, models), *port, *flags])
    base = DEFAULT_GRPC_PORT if grpc_port is None else grpc_port
    _serve_all(models, base, flags, as_json)


def _become(service: str, flags: Sequence[str]) -> None:
    """This process becomes the service, so that signals reach it and nothing stands in between."""
    sys.stdout.flush()
    os.execv(sys.executable, module_command(f"services.{service}", *flags))


def _serve_all(models: Path, base: int, gateway_flags: Sequence[str], as_json: bool) -> None:
    stopping = StopSignal()
    with all_services(models, base, gateway_flags) as services:
        if as_json:
            print_json_line({"services": addresses(services)})
        else:
            print(services_up(services), flush=True)
        while not stopping.wait(_CHECK_S):
            check_alive(services)


@contextmanager
def all_services(models: Path, base: int, gateway_flags: Sequence[str]) -> Iterator[list[ServiceProcess]]:
    """Starts all four services on this machine and stops them in the end.

    Args:
        models: The model repository.
        base: gRPC port of the gateway, the others take the three that follow; 0 takes free ones.
        gateway_flags: Further settings of the gateway.

    Yields:
        The services, the gateway first, all of them answering.

    Raises:
        CliError: When one of them does not start.
    """
    services: list[ServiceProcess] = []
    try:
        _start_all(services, models, base, gateway_flags)
        yield services
    finally:
        stop(services)


def _start_all(services: list[ServiceProcess], models: Path, base: int, gateway_flags: Sequence[str]) -> None:
    backends = [name for name in SERVICES if name != "gateway"]
    for offset, name in enumerate(backends, start=1):
        flags = ["--host", "127.0.0.1", "--grpc-port", str(base + offset if base else 0)]
        services.append(
            ServiceProcess(name, [*flags, *_model_flags(name, models)], without_doors(os.environ))
        )
    for service in services:
        service.wait_until_listening()
    targets = [flag for each in services for flag in (f"--{each.name}-target", each.address)]
    flags = ["--grpc-port", str(base), *targets, *_model_flags("gateway", models), *gateway_flags]
    services.insert(0, ServiceProcess("gateway", flags, os.environ))
    services[0].wait_until_listening()


def _model_flags(service: str, models: Path) -> list[str]:
    return [] if service == "palette" else ["--models", str(models)]


def check_alive(services: Sequence[ServiceProcess]) -> None:
    """Raises CliError when one of the services has ended."""
    for service in services:
        if service.exit_status is not None:
            raise CliError(
                f"The {service.name} service ended with status {service.exit_status}; stopping the others.", 1
            )


def addresses(services: Sequence[ServiceProcess]) -> dict[str, dict[str, str]]:
    """Where the services can be reached, for machines: `grpc`, and `http` where there is one."""
    return {
        each.name: {"grpc": each.address, **({"http": each.web} if each.web else {})} for each in services
    }


def services_up(services: Sequence[ServiceProcess]) -> str:
    """Where the services can be reached, in one line."""
    parts = []
    for service in services:
        parts.append(f"{service.name} :{service.address.rpartition(':')[2]}")
        if service.web:
            parts.append(service.web)
    return "Services up: " + " · ".join(parts)
