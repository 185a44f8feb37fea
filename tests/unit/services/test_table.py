"""What repeats the table of services is held to it: a new entry fails here until all of it is there."""

from __future__ import annotations

import importlib
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.configuration.settings import ServerSettings
from services.gateway.settings import GatewaySettings
from services.table import BACKENDS, GATEWAY, NEEDED, SERVICES, ServiceEntry

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("models", "catalogues")

of_each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def settings_of(service: ServiceEntry) -> type[ServerSettings]:
    module = importlib.import_module(f"services.{service.name}.settings")
    (found,) = (
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServerSettings) and "process" in vars(each)
    )
    assert found.process == service.name
    return found


def pyproject() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_ports_follow_each_other_from_the_gateways() -> None:
    """`lienzo serve --grpc-port N` takes as many ports from N on."""
    ports = [each.grpc_port for each in SERVICES.values()]
    assert ports == list(range(GATEWAY.grpc_port, GATEWAY.grpc_port + len(ports)))


@of_each_service
def test_settings_have_its_ports_and_folders(service: ServiceEntry) -> None:
    fields = settings_of(service).model_fields
    assert fields["grpc_port"].default == service.grpc_port
    assert (
        fields["http_port"].default == service.http_port if service.http_port else "http_port" not in fields
    )
    assert tuple(name for name in FOLDERS if name in fields) == service.folders


@of_each_service
def test_the_contract_has_it_and_the_process_can_be_started(service: ServiceEntry) -> None:
    package, _, name = service.contract.rpartition(".")
    contract = importlib.import_module(f"{package}.{service.name}_pb2")
    assert name in contract.DESCRIPTOR.services_by_name
    assert find_spec(f"services.{service.name}.__main__"), f"services/{service.name}/__main__.py is missing"


@of_each_service
def test_it_answers_every_method_of_its_contract(service: ServiceEntry) -> None:
    package, _, name = service.contract.rpartition(".")
    generated = getattr(importlib.import_module(f"{package}.{service.name}_pb2_grpc"), f"{name}Servicer")
    loaded = vars(importlib.import_module(f"services.{service.name}.servicer")).values()
    (servicer,) = (
        each
        for each in loaded
        if isinstance(each, type) and issubclass(each, generated) and each != generated
    )
    methods = [method for method in vars(generated) if not method.startswith("_")]
    unanswered = [each for each in methods if getattr(servicer, each) is getattr(generated, each)]
    assert methods
    assert unanswered == [], f"{servicer.__name__} does not answer these"


def test_the_gateway_has_an_address_for_every_service_behind_it() -> None:
    settings = GatewaySettings.model_construct()
    assert settings.targets == {name: SERVICES[name].target for name in NEEDED}
    got = GatewaySettings.model_construct(**{f"{name}_target": "other:1" for name in BACKENDS})
    assert got.targets == dict.fromkeys(BACKENDS, "other:1")
    described = [GatewaySettings.model_fields[f"{name}_target"].description for name in BACKENDS]
    assert described == [f"address of the {name} service" for name in BACKENDS]


@of_each_service
def test_an_extra_installs_it_and_serving_installs_all(service: ServiceEntry) -> None:
    extras = pyproject()["project"]["optional-dependencies"]
    assert service.name in extras, f"pyproject.toml has no extra {service.name}"
    (everything,) = extras["serve"]
    assert service.name in re.split(r"[\[\],]", everything)
    assert all(map(find_spec, service.imports))


def test_the_contract_between_services_names_all_of_them() -> None:
    (apart,) = (
        each for each in pyproject()["tool"]["importlinter"]["contracts"] if each["type"] == "independence"
    )
    assert apart["modules"] == [f"services.{name}" for name in SERVICES], f"pyproject.toml: {apart['name']}"


@of_each_service
def test_its_image_listens_where_the_table_says(service: ServiceEntry) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    stage = re.search(
        rf"^FROM \S+ AS {service.name}\n(.*?)(?=^FROM |\Z)", dockerfile, re.MULTILINE | re.DOTALL
    )
    assert stage, f"no stage of the Dockerfile makes the image of {service.name}"
    ports = " ".join(str(port) for port in (service.grpc_port, service.http_port) if port)
    assert f"\nEXPOSE {ports}\n" in stage[1]
    assert f'"services.probe", "{service.name}"]' in stage[1]
    assert f'ENTRYPOINT ["python", "-m", "lienzo_application", "services.{service.name}"]' in stage[1]


@of_each_service
def test_compose_starts_it_and_gives_it_its_folders(service: ServiceEntry) -> None:
    assert service.name in compose(), f"docker-compose.yml has no container {service.name}"
    container = compose()[service.name]
    assert container["build"]["target"] == service.name
    assert tuple(each["target"].strip("/") for each in container.get("volumes", ())) == service.folders


def test_compose_tells_the_gateway_where_the_others_are() -> None:
    gateway = compose()["gateway"]
    got = {name: value for name, value in gateway["environment"].items() if name.endswith("_TARGET")}
    expected = {
        f"LIENZO_GATEWAY_{name.upper()}_TARGET": f"dns:///{name}:{SERVICES[name].grpc_port}"
        for name in BACKENDS
    }
    assert got == expected, "docker-compose.yml: the environment of the gateway"
    assert tuple(gateway["depends_on"]) == BACKENDS
    inside = [each.rpartition(":")[2] for each in gateway["ports"]]
    assert inside == [str(GATEWAY.grpc_port), str(GATEWAY.http_port)]


def test_the_containers_of_two_gateways_know_each_other_as_the_documents_start_them() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    (peers,) = re.findall(r"^LIENZO_GATEWAY_PEERS=(\S+) docker compose --profile two-gateways up", page, re.M)
    names = ("gateway", "gateway-2")
    gateways = [compose()[name] for name in names]
    addresses = [each["environment"]["LIENZO_GATEWAY_PEER_ADDRESS"] for each in gateways]
    assert addresses == peers.split(",") == [f"{name}:{GATEWAY.grpc_port}" for name in names]
    assert gateways[1]["profiles"] == ["two-gateways"]
    assert {each["environment"]["LIENZO_GATEWAY_PEERS"] for each in gateways} == {"${LIENZO_GATEWAY_PEERS:-}"}
    outside = [each.split(":-")[1].split("}")[0] for each in gateways[1]["ports"]]
    assert f"--target ipv4:127.0.0.1:{GATEWAY.grpc_port},127.0.0.1:{outside[0]}" in page


@of_each_service
def test_documents_name_its_ports(service: ServiceEntry) -> None:
    rows = re.findall(rf"^\| {service.name} \| (.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(rows) == 1, f"README.md: the table of services has no row of {service.name}"
    (row,) = rows
    assert re.findall(r"\d+", row) == [str(port) for port in (service.grpc_port, service.http_port) if port]
