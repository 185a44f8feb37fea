"""Channels connect to a replica that is back before their calls to another one give up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lienzo_client.channel import channel_options as options_of_clients
from runtime.process.options import channel_options as options_between_services

JITTER = 0.2
"""By how much gRPC varies each of its pauses, those of retries and those of connections."""


@pytest.mark.parametrize(
    "options", [options_between_services(2**20), options_of_clients(5, 10.0)], ids=["services", "client"]
)
def test_connecting_again_waits_less_than_retries_go_on(options: list[Any]) -> None:
    values = dict(options)
    (method,) = json.loads(values["grpc.service_config"])["methodConfig"]
    policy = method["retryPolicy"]
    pause, longest = (float(policy[name].removesuffix("s")) for name in ("initialBackoff", "maxBackoff"))
    retries = sum(
        min(longest, pause * policy["backoffMultiplier"] ** number)
        for number in range(policy["maxAttempts"] - 1)
    )
    most = values["grpc.max_reconnect_backoff_ms"] / 1e3
    assert (1 + JITTER) * most < (1 - JITTER) * retries


def test_a_change_is_sent_once_and_everything_else_is_tried_again() -> None:
    values = dict(options_between_services(2**20, once=[("museum.Works", "Add")]))
    others, change = json.loads(str(values["grpc.service_config"]))["methodConfig"]
    assert others["name"] == [{}]
    assert "retryPolicy" in others
    assert change == {"name": [{"service": "museum.Works", "method": "Add"}]}
