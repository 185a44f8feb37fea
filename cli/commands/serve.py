"""`lienzo serve`: all services on one machine, or the one that a container runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Never

import typer

from cli.errors import CliError
from cli.options import DEFAULT_CATALOGUES, DEFAULT_MODELS, AsJson, Catalogues, Models
from cli.output.console import print_json_line
from cli.serving.launcher import check_installed, running_services
from cli.serving.process import ServiceProcess, StartStopped, module_command
from runtime.process.signals import StopSignal
from services.table import BACKENDS, GATEWAY, SERVICES

_CHECK_S = 0.2
_LAST_PORT = 65535
_PORTS = f"{GATEWAY.grpc_port} to {max(each.grpc_port for each in SERVICES.values())} by service"


def serve(
    context: typer.Context,
    service: Annotated[
        str, typer.Argument(metavar=f"[{'|'.join(SERVICES)}]", help="Which one; all if left out.")
    ] = "",
    models: Models = DEFAULT_MODELS,
    catalogues: Catalogues = DEFAULT_CATALOGUES,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; this machine only by default.")
    ] = None,
    grpc_port: Annotated[
        int | None,
        typer.Option(min=0, max=_LAST_PORT, help=f"Port for gRPC ({_PORTS}); 0 takes a free one."),
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=_LAST_PORT,
            help=f"Port for HTTP and the web page ({GATEWAY.http_port}); 0 takes a free one.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve models: all services, or the one named.

    Further flags are settings of the service that is named, or of the gateway; every setting may also come
    from the environment: LIENZO_LOG_FORMAT=json, LIENZO_GATEWAY_MAX_IN_FLIGHT=64, …

    With all of them, --host and --grpc-port are the gateway's; the others listen on this machine alone, on
    the ports that follow.
    """
    flags = _to_flags({"host": host, "http-port": http_port})
    if service.startswith("-"):  # a setting of the gateway, with no service before it
        flags.append(service)
        service = ""
    flags += context.args
    if service and service not in SERVICES:
        raise CliError(f'No service "{service}". There are: {", ".join(SERVICES)}.')
    folders: dict[str, Path | str] = {"models": models, "catalogues": catalogues}
    if not service:
        _serve_all(folders, _gateway_port() if grpc_port is None else grpc_port, flags, as_json)
        return
    if as_json:
        raise CliError("--json tells the addresses of all services; one alone prints its own.")
    check_installed([service])
    given = {name: folders[name] for name in SERVICES[service].folders}
    _become(service, [*_to_flags({"grpc-port": grpc_port, **given}), *flags])


def _gateway_port() -> int:
    """Returns where the gateway listens by its variables or by default; the ports of the others follow it."""
    names = (f"LIENZO_{GATEWAY.name.upper()}_GRPC_PORT", "LIENZO_GRPC_PORT")
    name = next((each for each in names if os.environ.get(each)), "")
    if not name:
        return GATEWAY.grpc_port
    text = os.environ[name]
    if not (text.isascii() and text.isdecimal() and int(text) <= _LAST_PORT):
        raise CliError(f"{name} should be a port, from 0 to {_LAST_PORT}, not {text}.")
    return int(text)


def _to_flags(settings: Mapping[str, object]) -> list[str]:
    return [
        part for name, value in settings.items() if value is not None for part in (f"--{name}", str(value))
    ]


def _become(service: str, flags: Sequence[str]) -> Never:
    """This process becomes the service, so that signals reach it and nothing stands in between."""
    sys.stdout.flush()
    os.execv(sys.executable, module_command(f"services.{service}", *flags))


def _serve_all(
    folders: Mapping[str, Path | str], grpc_port: int, gateway_flags: Sequence[str], as_json: bool
) -> None:
    stopping = StopSignal()
    with (
        suppress(StartStopped),
        running_services(
            BACKENDS,
            folders=folders,
            grpc_port=grpc_port,
            http_port=None,
            gateway_flags=gateway_flags,
            environment=os.environ,
            keep_logs=False,
            pause=stopping.wait,
        ) as services,
    ):
        if as_json:
            print_json_line({"services": addresses(services)})
        else:
            print(services_up(services), flush=True)
        while not stopping.wait(_CHECK_S):
            check_alive(services.values())


def check_alive(services: Iterable[ServiceProcess]) -> None:
    """Raises CliError when one of the services has ended."""
    for service in services:
        if service.exit_status is not None:
            raise CliError(
                f"The {service.name} service ended with status {service.exit_status}; stopping the others.", 1
            )


def addresses(services: Mapping[str, ServiceProcess]) -> dict[str, dict[str, str]]:
    """Where the services can be reached, for machines: `grpc`, and `http` where there is one."""
    return {
        each.name: {"grpc": each.target, **({"http": each.url} if each.url else {})}
        for each in _in_order(services)
    }


def services_up(services: Mapping[str, ServiceProcess]) -> str:
    """Where the services can be reached, in one line."""
    parts = []
    for service in _in_order(services):
        parts.append(f"{service.name} :{service.target.rpartition(':')[2]}")
        if service.url:
            parts.append(service.url)
    return "Services up: " + " · ".join(parts)


def _in_order(services: Mapping[str, ServiceProcess]) -> list[ServiceProcess]:
    return [services[name] for name in SERVICES if name in services]
