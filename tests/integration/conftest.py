"""Real services in processes of their own, on free ports, with a small real model."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from cli.serving.process import ServiceProcess
from lienzo.classification.v1.classification_pb2_grpc import ClassificationServiceStub
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from tests.support.certificate import Certificate, make_certificate
from tests.support.model import write_model
from tests.support.services import Start, open_channel, starting_services


@dataclass(frozen=True)
class Services:
    """Running services and channels to them.

    Attributes:
        processes: By name.
        models: Their model repository.
    """

    processes: dict[str, ServiceProcess]
    models: Path
    gateway: GatewayServiceStub
    features: FeatureServiceStub
    classification: ClassificationServiceStub

    @property
    def url(self) -> str:
        return self.processes["gateway"].url

    def target(self, name: str) -> str:
        return self.processes[name].target


@pytest.fixture(scope="session")
def services(place_services: Any, place: Any) -> Iterator[Services]:
    """All services with default limits and the model `shapes`; tests must not change it."""
    channels = {name: open_channel(process.target) for name, process in place_services.items()}
    yield Services(
        place_services,
        place.models,
        GatewayServiceStub(channels["gateway"]),
        FeatureServiceStub(channels["features"]),
        ClassificationServiceStub(channels["classification"]),
    )
    for channel in channels.values():
        channel.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts single services with flags of the test's own, and ends them after it."""
    with starting_services() as start:
        yield start


@pytest.fixture
def channel() -> Iterator[Callable[..., grpc.Channel]]:
    """Opens channels that are closed after the test."""
    opened: list[grpc.Channel] = []

    def connect(target: str, *options: tuple[str, int | str]) -> grpc.Channel:
        opened.append(open_channel(target, *options))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with the model `patterns`; tests must not change it."""
    root = tmp_path_factory.mktemp("repository")
    write_model(root)
    return root


@pytest.fixture(scope="session")
def has_palette() -> bool:
    return importlib.util.find_spec("services.palette.__main__") is not None


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "localhost", "127.0.0.1")
