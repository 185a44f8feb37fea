"""Starts single services with flags, and opens channels to them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import grpc

from cli.serving.process import ServiceProcess


class Start(Protocol):
    """Starts a service and returns once it answers calls.

    Args:
        name: Which service.
        flags: Its settings.
        http_port: Where it listens for HTTP; 0 takes a free port.
        variables: What is added to the environment for it.
    """

    def __call__(
        self, name: str, /, *flags: object, http_port: int = 0, variables: Mapping[str, str] = {}
    ) -> ServiceProcess: ...


@contextmanager
def starting_services(ended_by: int = signal.SIGTERM) -> Iterator[Start]:
    """Yields a function that starts services, and ends them afterwards.

    Args:
        ended_by: The signal; SIGKILL for services that would wait for open pages.
    """
    started: list[ServiceProcess] = []

    def start(
        name: str, /, *flags: object, http_port: int = 0, variables: Mapping[str, str] = {}
    ) -> ServiceProcess:
        environment = {**os.environ, **variables}
        started.append(ServiceProcess(name, *map(str, flags), http_port=http_port, environment=environment))
        return started[-1].wait_until_listening()

    try:
        yield start
    finally:
        for process in started:
            process.signal(ended_by)
        for process in started:
            process.wait()


@contextmanager
def frozen(process: ServiceProcess) -> Iterator[None]:
    """Stops a process inside the context: its connections stay, and nothing is answered."""
    process.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.signal(signal.SIGCONT)


def open_channel(target: str, *options: tuple[str, int | str]) -> grpc.Channel:
    """Opens a channel that shares no connection with another one."""
    size = ("grpc.max_receive_message_length", 2**26)
    return grpc.insecure_channel(target, [size, ("grpc.use_local_subchannel_pool", 1), *options])


def free_addresses(count: int) -> list[str]:
    """Finds free addresses, for gateways that must know each other's before they start."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses
