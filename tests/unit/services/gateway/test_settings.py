from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cors_origins": "https://a.example, museum.example"}, "museum.example is not an origin"),
        ({"allowed_hosts": "museum.example:8080"}, "museum.example:8080 is not the name of a host"),
        ({"peers": "10.0.0.1"}, "10.0.0.1 is not the address of a gateway"),
        ({"peers": "a:1, a:1", "peer_address": "a:1"}, "twice"),
        ({"peers": "a:1, b:1"}, "peer_address"),
        ({"palette_target": ""}, "the address is empty"),
        ({"host": ""}, "the address is empty"),
        ({"models": ""}, "the path is empty"),
        ({"max_streams": 0}, "greater than or equal to 1"),
        ({"http_port": 65_536}, "less than or equal to 65535"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        GatewaySettings(**wrong)
    problem = str(caught.value)
    assert said in problem
    assert any(name in problem for name in [*wrong, "peer_address"])


def test_lists_are_read_with_or_without_spaces() -> None:
    settings = GatewaySettings(
        cors_origins="https://a.example/, https://b.example", allowed_hosts="a.example,*.b.example"
    )
    assert settings.origins == ["https://a.example", "https://b.example"]
    assert settings.hosts == ["a.example", "*.b.example"]


def test_every_service_behind_the_gateway_has_an_address() -> None:
    assert GatewaySettings(palette_target="10.0.0.7:1").targets["palette"] == "10.0.0.7:1"
