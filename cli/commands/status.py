"""`lienzo status`: which services of a running gateway serve, and why the others do not."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer

from cli.errors import CliError, to_cli_error
from cli.options import AsJson, Insecure, RootCertificates, Timeout
from cli.output.console import answers, print_json
from lienzo_client.channel import Connection
from lienzo_client.faults import from_rpc_error
from runtime.process.probe import answered_problem, health_problem
from services.table import GATEWAY, SERVICES

DEFAULT_TIMEOUT_S = 5.0
NOT_READY = 1

_UNKNOWN = "NOT_FOUND"


def status(
    target: Annotated[
        str, typer.Option("--target", metavar="HOST:PORT", help="The running gateway.")
    ] = GATEWAY.target,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = DEFAULT_TIMEOUT_S,
) -> None:
    """Show which services serve, and why the others do not.

    No key is needed. The exit status is 0 when all of them serve, 1 when one does not, and 2 when no gateway
    answers.
    """
    roots = root_certificates.read_bytes() if root_certificates else None
    try:
        connection = Connection(target, root_certificates=roots, insecure=insecure)
    except ValueError as error:
        raise CliError(f"{error}.") from error
    with connection.open() as channel:
        asked = {GATEWAY.name: _gateway_problem(channel, target, timeout)}
        for name, each in SERVICES.items():
            if name not in asked:
                asked[name] = health_problem(channel, each.contract, timeout)
    # A gateway that was not told of an optional service knows nothing of it, and lacks nothing.
    problems = {
        name: problem
        for name, problem in asked.items()
        if not (SERVICES[name].optional and problem.startswith(_UNKNOWN))
    }
    if as_json:
        found = {name: problem for name, problem in problems.items() if problem}
        services = {name: not problem for name, problem in problems.items()}
        print_json({"serving": not found, "services": services, "problems": found})
    else:
        for name, problem in problems.items():
            answers().print(
                f"{name:<15} {(problem and f'not serving: {problem}') or 'serving'}", soft_wrap=True
            )
    if any(problems.values()):
        raise typer.Exit(NOT_READY)


def _gateway_problem(channel: grpc.Channel, target: str, timeout: float) -> str:
    """Asks the gateway itself: nobody else answers where it does not."""
    try:
        return answered_problem(channel, GATEWAY.contract, timeout)
    except grpc.RpcError as error:
        raise to_cli_error(from_rpc_error(error, target)) from error
