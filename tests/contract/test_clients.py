"""The Python clients ask for every method of the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.channel import service_config

CLIENTS = Path(__file__).resolve().parents[2] / "clients" / "python" / "lienzo_client"
METHODS = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods


def source(*names: str) -> str:
    return "\n".join((CLIENTS / name).read_text("utf-8") for name in names)


@pytest.mark.parametrize(
    "client",
    [
        ("client.py", "line.py", "palettes.py", "transfers.py"),
        ("aio.py", "aio_line.py", "palettes.py", "transfers.py"),
    ],
)
def test_each_client_asks_for_every_method(client: tuple[str, ...]) -> None:
    text = source(*client)
    missing = [each.name for each in METHODS if each.name not in text]
    assert missing == [], f"lienzo_client/{client[0]} and what it stands on ask for none of these"


def test_every_method_with_one_answer_is_repeated_while_the_server_is_away() -> None:
    unary = {each.name for each in METHODS if not each.client_streaming and not each.server_streaming}
    (repeated,) = json.loads(service_config(2))["methodConfig"]
    assert {name["method"] for name in repeated["name"]} == unary
