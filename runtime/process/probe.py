"""Asks a server whether it serves: `python -m runtime.process.probe HOST:PORT`, exit status 0 or 1.

It speaks gRPC's health protocol (`grpc.health.v1`), so that a process that listens but has no model yet
counts as not serving. It needs no credentials. Containers run `services.probe`, which finds the address.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from runtime.process.health import State, from_answer


@dataclass(frozen=True)
class Probe:
    """Describes the server to ask.

    Attributes:
        target: `HOST:PORT`.
        service: Full name of a service in the contract; empty asks for the server as a whole.
        timeout_seconds: Time for connection and answer together.
        root_certificates: PEM that the server's certificate is signed by; None speaks plain text.
        server_name: Name in that certificate, where it is not the host of the target.
    """

    target: str
    service: str = ""
    timeout_seconds: float = 2.0
    root_certificates: bytes | None = None
    server_name: str = ""

    def problem(self) -> str:
        """Asks the server; returns why it cannot be used now, empty when it serves."""
        with self._channel() as channel:
            return health_state(channel, self.service, self.timeout_seconds).problem

    def _channel(self) -> grpc.Channel:
        if self.root_certificates is None:
            return grpc.insecure_channel(self.target)
        options = [("grpc.ssl_target_name_override", self.server_name)] if self.server_name else []
        return grpc.secure_channel(
            self.target, grpc.ssl_channel_credentials(self.root_certificates), options=options
        )


def health_state(channel: grpc.Channel, service: str, timeout_seconds: float) -> State:
    """Asks whether a service, by its full name, serves; one that does not answer has that for a problem."""
    try:
        return answered_state(channel, service, timeout_seconds)
    except grpc.RpcError as error:
        return State(f"{error.code().name}: {error.details()}")


def answered_state(channel: grpc.Channel, service: str, timeout_seconds: float) -> State:
    """Asks the same, and lets a failed call be told from a server that answers.

    Raises:
        grpc.RpcError: When the call failed.
    """
    request = health_pb2.HealthCheckRequest(service=service)
    answer, call = health_pb2_grpc.HealthStub(channel).Check.with_call(request, timeout=timeout_seconds)
    return from_answer(answer, call.trailing_metadata())


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks once; writes a problem to standard error and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m runtime.process.probe", description="Does a server serve?"
    )
    parser.add_argument("target", metavar="HOST:PORT")
    parser.add_argument("--service", default="", help="full name in the contract; default: all of the server")
    parser.add_argument("--timeout", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="root certificates (PEM): ask over TLS")
    parser.add_argument("--server-name", default="", help="name in the certificate, if not the host")
    given = parser.parse_args(arguments)
    try:
        roots = given.ca.read_bytes() if given.ca else None
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")
    problem = Probe(given.target, given.service, given.timeout, roots, given.server_name).problem()
    if problem:
        print(f"{given.target}: {problem}", file=sys.stderr)  # noqa: T201  # what the engine shows of a check
    return 1 if problem else 0


if __name__ == "__main__":
    raise SystemExit(main())
