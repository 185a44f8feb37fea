"""`lienzo status`: which services of a running gateway serve, and why the others do not."""

from __future__ import annotations

import grpc
import typer

from cli.errors import CliError, to_cli_error
from cli.options import PROBE_TIMEOUT_S, AsJson, Insecure, RootCertificates, RunningGateway, Timeout
from cli.output.console import answers, print_json
from lienzo_client.channel import Connection
from lienzo_client.faults import from_rpc_error
from runtime.process.health import State, to_health
from runtime.process.probe import answered_state, health_state
from services.table import GATEWAY, SERVICES

NOT_READY = 1

_UNKNOWN = "NOT_FOUND"


def status(
    target: RunningGateway = GATEWAY.target,
    as_json: AsJson = False,
    insecure: Insecure = False,
    root_certificates: RootCertificates = None,
    timeout: Timeout = PROBE_TIMEOUT_S,
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
        asked = {GATEWAY.name: _gateway_state(channel, target, timeout)}
        for name, each in SERVICES.items():
            if name not in asked:
                asked[name] = health_state(channel, each.contract, timeout)
    # A gateway that does not have the address of an optional service knows nothing of it, and lacks nothing.
    states = {
        name: state
        for name, state in asked.items()
        if not (SERVICES[name].optional and state.problem.startswith(_UNKNOWN))
    }
    if as_json:
        print_json(to_health(states))
    else:
        for name, state in states.items():
            answers().print(f"{name:<15} {_state_text(state)}", soft_wrap=True)
    if any(state.problem for state in states.values()):
        raise typer.Exit(NOT_READY)


def _state_text(state: State) -> str:
    if state.problem:
        return f"not serving: {state.problem}"
    return f"serving, but {state.warning}" if state.warning else "serving"


def _gateway_state(channel: grpc.Channel, target: str, timeout: float) -> State:
    """Asks the gateway itself: nobody else answers where it does not."""
    try:
        return answered_state(channel, GATEWAY.contract, timeout)
    except grpc.RpcError as error:
        raise to_cli_error(from_rpc_error(error, target)) from error
