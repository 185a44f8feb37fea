"""Several processes of each service behind several gateways, any of which can be killed and started again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.serving.launcher import stop
from cli.serving.process import ServiceProcess
from services.table import GATEWAY
from tests.support.services import free_addresses

ASKED = ("features", "classification", "palette")
"""The services that a photograph is taken through."""


@dataclass
class Replica:
    """One process of a service, at an address that it keeps.

    Attributes:
        process: The process; another one after each start.
        is_up: Whether it answers calls.
    """

    name: str
    models: Path
    flags: tuple[str, ...]
    process: ServiceProcess
    is_up: bool = False

    def wait(self) -> None:
        """Returns once it answers calls."""
        self.process.wait_until_listening()
        self.is_up = True

    def start_again(self) -> None:
        """Starts it at the same address after its process has ended, and returns once it answers calls."""
        old = self.process
        self.process = ServiceProcess(
            self.name,
            *self.flags,
            folders={"models": self.models},
            grpc_port=_port(old.target),
            http_port=_port(old.url),
        )
        self.wait()

    def end(self, *, at_once: bool) -> int:
        """Kills it, or asks it to end and waits until it has; its exit status."""
        self.is_up = False
        if at_once:
            self.process.kill()
            return -9
        return self.process.stop()


class Replicas(list[Replica]):
    """All processes."""

    def of(self, name: str) -> list[Replica]:
        """Those of a service."""
        return [each for each in self if each.name == name]

    def can_miss(self, one: Replica) -> bool:
        """Whether it is up, and so is another one of its service."""
        return one.is_up and any(each.is_up for each in self.of(one.name) if each is not one)

    @property
    def targets(self) -> list[str]:
        """Addresses of the gateways for gRPC."""
        return [each.process.target for each in self.of(GATEWAY.name)]

    @property
    def urls(self) -> list[str]:
        """Addresses of the gateways for HTTP."""
        return [each.process.url for each in self.of(GATEWAY.name)]


@contextmanager
def running_replicas(models: Path, count: int, gateways: int, *flags: str) -> Iterator[Replicas]:
    """Runs so many processes of each service behind so many gateways, which know each other.

    Args:
        models: The model repository.
        count: Of each service.
        gateways: How many.
        flags: Further settings of all of them.
    """
    replicas = Replicas()

    def start(name: str, own: Sequence[str], port: int = 0) -> None:
        both = (*own, *flags)
        process = ServiceProcess(name, *both, folders={"models": models}, grpc_port=port)
        replicas.append(Replica(name, models, both, process))

    try:
        for name in ASKED:
            for _ in range(count):
                start(name, ())
        for each in replicas:
            each.wait()
        shared = [
            f"--{name}-target=ipv4:" + ",".join(each.process.target for each in replicas.of(name))
            for name in ASKED
        ]
        peers = free_addresses(gateways)
        for address in peers:
            known = (f"--peers={','.join(peers)}", f"--peer-address={address}") if gateways > 1 else ()
            start(GATEWAY.name, (*shared, *known), _port(address))
        for each in replicas.of(GATEWAY.name):
            each.wait()
        yield replicas
    finally:
        stop(each.process for each in replicas)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2]) if address else 0
