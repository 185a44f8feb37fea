"""gRPC channel arguments of our servers and of the channels between them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

Options = list[tuple[str, int | str]]

RETRY_POLICY: Final = {
    "maxAttempts": 5,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
"""Some two seconds altogether: enough for another replica, or for one that is started again."""

RETRY_THROTTLING: Final = {"maxTokens": 500, "tokenRatio": 0.5}
"""A failure takes one token, a success gives half of one back; below half of them nothing is tried again.

As many calls may be on their way to a replica that is killed (`max_in_flight`, 256); a service that fails for
long gets each call once.
"""

LONGEST_STREAM_SECONDS: Final = 3600
"""A connection past its age finishes its calls; a stream of many pictures may take so long."""

# A picture fits into one window, so that its sender never waits. The window is fixed, which bounds the memory
# that a fast sender can take; gRPC's own estimate of the link would let it grow.
_TRANSPORT: Final[Options] = [("grpc.http2.lookahead_bytes", 2**20), ("grpc.http2.bdp_probe", 0)]


def server_options(max_message_bytes: int, max_connection_age_seconds: int) -> Options:
    """Lists the arguments of a server.

    Phones keep a quiet connection alive by pings; by default a server ends such a connection
    (`too_many_pings`). The connection age makes clients resolve their target again, which
    is how they find new replicas.

    Args:
        max_message_bytes: Largest message, each way.
        max_connection_age_seconds: Age at which a connection is closed, once its calls are done.
    """
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.max_connection_age_ms", max_connection_age_seconds * 1000),
        ("grpc.max_connection_age_grace_ms", LONGEST_STREAM_SECONDS * 1000),
        *_TRANSPORT,
    ]


def channel_options(
    max_message_bytes: int, *, retries: bool = True, once: Sequence[tuple[str, str]] = ()
) -> Options:
    """Lists the arguments of a channel to another service: round robin, UNAVAILABLE tried elsewhere.

    Calls are tried again; streams only until they have begun, see `runtime.process.interceptors`.

    Args:
        max_message_bytes: Largest message, each way.
        retries: False for a target without replicas, whose callers know where else to ask.
        once: Full names of services and names of their methods that change something, so that a second try
            could find done what the first one did.
    """
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retries:
        methods = [{"name": [{"service": service, "method": method}]} for service, method in once]
        config["methodConfig"] = [{"name": [{}], "retryPolicy": RETRY_POLICY}, *methods]
        config["retryThrottling"] = RETRY_THROTTLING
    return [
        ("grpc.service_config", json.dumps(config)),
        # What is larger than this is never sent again; 256 KiB by default, and a photograph has more.
        ("grpc.per_rpc_retry_buffer_size", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        # Also the time for one attempt: a host that swallows packets is given up after it.
        ("grpc.min_reconnect_backoff_ms", 3_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # Shorter than `RETRY_POLICY` goes on: of two replicas that are killed one after the other, the first
        # one is back, and connected, before calls to the second one give up.
        ("grpc.max_reconnect_backoff_ms", 1_000),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.ping_timeout_ms", 10_000),  # the one that counts; a minute by default
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        *_TRANSPORT,
    ]
