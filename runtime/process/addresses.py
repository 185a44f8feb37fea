"""Addresses that a process listens on."""

from __future__ import annotations

import grpc

from runtime.configuration.settings import ServerSettings


class CannotListen(Exception):
    """An address cannot be used."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"cannot listen on {address}: {problem}")


def address_of(host: str, port: int) -> str:
    """Joins host and port as gRPC and people write them, an IPv6 address in brackets.

    >>> address_of("::1", 50050)
    '[::1]:50050'
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bind(server: grpc.Server | grpc.aio.Server, settings: ServerSettings) -> int:
    """Opens the gRPC port, with TLS where the settings have it.

    Returns:
        The port.

    Raises:
        CannotListen: When the address cannot be used.
    """
    address = address_of(settings.host, settings.grpc_port)
    pair = settings.tls_pair()
    try:
        if pair is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    except RuntimeError as error:
        raise CannotListen(address, "in use, or not an address of this machine") from error
