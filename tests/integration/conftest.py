"""Real services in processes of their own, on free ports, with a small real model."""

from __future__ import annotations

import datetime
import importlib.util
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.processes import ServiceProcess, running_stack
from benchmarks.tiny_model import write_tiny_bundle
from lienzo.classification.v1.classification_pb2_grpc import ClassificationServiceStub
from lienzo.features.v1.features_pb2_grpc import FeatureServiceStub
from lienzo.gateway.v1.gateway_pb2_grpc import GatewayServiceStub

Start = Callable[..., ServiceProcess]


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
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """All services with default limits and the model `patterns`; tests must not change it."""
    models = tmp_path_factory.mktemp("models")
    write_tiny_bundle(models)
    with running_stack(models, "--models", str(models)) as processes:
        channels = {name: open_channel(process.target) for name, process in processes.items()}
        yield Services(
            processes,
            models,
            GatewayServiceStub(channels["gateway"]),
            FeatureServiceStub(channels["features"]),
            ClassificationServiceStub(channels["classification"]),
        )
        for channel in channels.values():
            channel.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts single services with flags of the test's own, and ends them after it."""
    started: list[ServiceProcess] = []

    def run(name: str, *flags: str | Path, environment: dict[str, str] | None = None) -> ServiceProcess:
        process = ServiceProcess(name, *map(str, flags), environment=environment)
        started.append(process)
        return process.wait_until_listening()

    yield run
    for process in started:
        process.signal()
    for process in started:
        process.wait()


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


def open_channel(target: str, *options: tuple[str, int | str]) -> grpc.Channel:
    size = ("grpc.max_receive_message_length", 2**26)
    return grpc.insecure_channel(target, [size, ("grpc.use_local_subchannel_pool", 1), *options])


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with the model `patterns`; tests must not change it."""
    root = tmp_path_factory.mktemp("repository")
    write_tiny_bundle(root)
    return root


@pytest.fixture(scope="session")
def has_palette() -> bool:
    return importlib.util.find_spec("services.palette.__main__") is not None


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate for this machine, signed by itself."""

    chain: Path
    key: Path

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--tls-certificate", str(self.chain), "--tls-key", str(self.key))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(addresses), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "chain.pem").write_bytes(signed.public_bytes(pem))
    return Certificate(folder / "chain.pem", folder / "key.pem")
