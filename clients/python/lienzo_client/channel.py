"""gRPC channels to a gateway: target, TLS, API key, deadlines, retries and keepalive."""

from __future__ import annotations

import ipaddress
import json
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import grpc
import grpc.aio
from google.protobuf.descriptor_pb2 import MethodOptions

from lienzo.gateway.v1 import gateway_pb2
from lienzo_client.metadata import AsyncToken, Pairs, to_credentials

DEFAULT_TARGET = "127.0.0.1:50050"
DEFAULT_TIMEOUT_S = 10.0
DEFAULT_KEEPALIVE_S = 10.0
SERVICE = "lienzo.gateway.v1.GatewayService"

# These calls change nothing on the server, as the contract says, so they are safe to retry.
RETRIED_METHODS = tuple(
    method.name
    for method in gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"].methods
    if method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
)
# Five attempts over about five seconds: long enough for a server that is being replaced, short enough for
# a person who mistyped the address. Streams reconnect on their own, see `flight.py`.
DEFAULT_ATTEMPTS = 5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _LONGER = 0.2, 3.0, 2.5
_BACKOFF: dict[str, object] = {
    "initialBackoff": f"{_FIRST_PAUSE_S:g}s",
    "maxBackoff": f"{_LONGEST_PAUSE_S:g}s",
    "backoffMultiplier": _LONGER,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
# A failure takes one token, a success gives a tenth of one back; below half of them nothing is repeated. A
# server that fails for long is then asked once a call.
_THROTTLING = {"maxTokens": 100, "tokenRatio": 0.1}
# A larger request is never repeated; by default that is 256 KiB, and a photograph has more.
_REPEATED_BYTES = 64 * 1024 * 1024
# As much as the gateway sends by default: an answer to a long collection is larger than those to pictures.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Connection:
    """The settings of a connection to a gateway.

    Attributes:
        target: `host:port`, or any gRPC target such as `dns:///gateway.example:443`; an `https://` or `http://`
            address for calls over HTTP/1.1.
        api_key: Sent as `authorization: Bearer <key>` with every call; empty sends none. A function is asked
            for the current one before every call.
        root_certificates: Trusted root certificates in PEM; None means those that come with gRPC.
        insecure: Whether to use plain text with another host. With this host plain text is the default, as
            `lienzo serve` speaks it, unless `root_certificates` are given.
        timeout_s: Default deadline of a call in seconds, above 0.
        attempts: How often a call is tried while the server is unavailable, 1 to 5.
        keepalive_s: Seconds without data, while a call waits, after which the connection is pinged; 0 means
            never.
        client_certificate: Certificate chain in PEM by which the server knows this client (mutual TLS).
        client_key: Its private key in PEM.

    Raises:
        ValueError: When a value is out of range, or two of them contradict each other.
    """

    target: str = DEFAULT_TARGET
    api_key: AsyncToken = ""
    root_certificates: bytes | None = None
    insecure: bool = False
    timeout_s: float = DEFAULT_TIMEOUT_S
    attempts: int = DEFAULT_ATTEMPTS
    keepalive_s: float = DEFAULT_KEEPALIVE_S
    client_certificate: bytes | None = None
    client_key: bytes | None = None

    def __post_init__(self) -> None:
        if self.insecure and self.root_certificates is not None:
            raise ValueError("root_certificates are for TLS: omit them, or omit insecure=True")
        if (self.client_certificate is None) is not (self.client_key is None):
            raise ValueError("client_certificate and client_key belong together: give both, or none")
        if self.insecure and self.client_certificate is not None:
            raise ValueError("client_certificate is for TLS: omit it, or omit insecure=True")
        if isinstance(self.api_key, str):
            to_credentials(self.api_key)  # refused here, and not with the first call
        if not self.timeout_s > 0:
            raise ValueError(f"timeout_s is {self.timeout_s}; a deadline is above 0 seconds")
        if not 1 <= self.attempts <= DEFAULT_ATTEMPTS:
            raise ValueError(f"attempts is {self.attempts}; gRPC tries 1 to {DEFAULT_ATTEMPTS} times")
        if self.keepalive_s and not self.keepalive_s >= 1:
            raise ValueError(f"keepalive_s is {self.keepalive_s}; it is 1 or more, or 0 for no pings")
        if not self.target:
            raise ValueError("the target is empty (expected host:port)")
        if self.is_http:
            self._check_address()

    @property
    def is_http(self) -> bool:
        """Whether calls go over HTTP/1.1 instead of gRPC."""
        return self.target.lower().startswith(("http://", "https://"))

    @property
    def plain_text(self) -> bool:
        """Whether the connection is unencrypted."""
        if self.is_http:
            return self.target.lower().startswith("http://")
        has_certificates = self.root_certificates is not None or self.client_certificate is not None
        return self.insecure or (not has_certificates and is_loopback(self.target))

    def _check_address(self) -> None:
        parts = urlsplit(self.target)
        if not parts.hostname or not _has_port(parts) or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError(
                f"{self.target} is not an address of a gateway (expected https://host[:port][/path])"
            )
        if not self.plain_text:
            if self.insecure:
                raise ValueError("https:// is TLS: omit insecure=True, or name http://")
        elif self.root_certificates is not None or self.client_certificate is not None:
            raise ValueError("certificates are for TLS: omit them, or name https://")
        elif not (self.insecure or _is_loopback_host(parts.hostname)):
            raise ValueError(
                "http:// sends pictures and key in plain text: name https://, or give insecure=True"
            )

    def credentials(self) -> Pairs:
        """Returns the metadata with the current API key or token.

        Raises:
            ValueError: When the function returns one that a header cannot carry, or has to be awaited.
        """
        token = self.api_key() if callable(self.api_key) else self.api_key
        if not isinstance(token, str):
            if isinstance(token, Coroutine):
                token.close()  # it will never run
            raise ValueError("api_key is a function that has to be awaited, which only AsyncClient does")
        return to_credentials(token)

    async def credentials_async(self) -> Pairs:
        """Returns the metadata with the current API key or token, which may have to be awaited."""
        token = self.api_key() if callable(self.api_key) else self.api_key
        return to_credentials(token if isinstance(token, str) else await token)

    def deadline_s(self, timeout_s: float | None) -> float:
        """Returns a call's deadline in seconds: its own, or the default."""
        return self.timeout_s if timeout_s is None else timeout_s

    def open(self) -> grpc.Channel:
        """Opens a channel for threads; it connects with the first call."""
        options = channel_options(self.attempts, self.keepalive_s)
        if self.plain_text:
            return grpc.insecure_channel(self.target, options=options)
        return grpc.secure_channel(self.target, self._channel_credentials(), options=options)

    def open_async(self) -> grpc.aio.Channel:
        """Opens a channel for asyncio; it connects with the first call."""
        options = channel_options(self.attempts, self.keepalive_s)
        if self.plain_text:
            return grpc.aio.insecure_channel(self.target, options=options)
        return grpc.aio.secure_channel(self.target, self._channel_credentials(), options=options)

    def _channel_credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.root_certificates, self.client_key, self.client_certificate)


def channel_options(attempts: int, keepalive_s: float) -> list[tuple[str, str | int]]:
    """Returns the options of every channel: retries, round robin over replicas, and keepalive for phones.

    A phone that changes from Wi-Fi to mobile keeps a dead socket. Keepalive pings detect that within seconds,
    but only while a call waits, so that an idle app does not wake the radio. Reconnecting waits at most 3 s,
    instead of gRPC's two minutes: less than retries go on, so that a replica that is back is connected before
    a call gives up. Channels do not share connections, so that a new channel is a new connection.
    """
    pings: list[tuple[str, str | int]] = [
        ("grpc.keepalive_time_ms", round(keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", round(keepalive_s * 500)),
        (
            "grpc.http2.ping_timeout_ms",
            round(keepalive_s * 500),
        ),  # the one that takes effect; a minute by default
        ("grpc.keepalive_permit_without_calls", 0),
        (
            "grpc.http2.max_pings_without_data",
            0,
        ),  # unlimited; the default of 2 would stop after half a minute
    ]
    return [
        ("grpc.service_config", service_config(attempts)),
        ("grpc.per_rpc_retry_buffer_size", _REPEATED_BYTES),
        *(pings if keepalive_s else ()),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 2_000),
        ("grpc.max_reconnect_backoff_ms", 3_000),
        ("grpc.max_receive_message_length", MAX_ANSWER_BYTES),
        ("grpc.max_send_message_length", -1),
        ("grpc.primary_user_agent", "lienzo-client"),
        ("grpc.use_local_subchannel_pool", 1),
    ]


def service_config(attempts: int) -> str:
    """Returns the gRPC service config: the methods to retry, and round robin over replicas."""
    names = [{"service": SERVICE, "method": method} for method in RETRIED_METHODS]
    retried = {"name": names, "retryPolicy": {"maxAttempts": attempts, **_BACKOFF}}
    repeating = {"methodConfig": [retried], "retryThrottling": _THROTTLING} if attempts > 1 else {}
    return json.dumps({"loadBalancingConfig": [{"round_robin": {}}], **repeating})


def pauses(attempts: int) -> Iterator[float]:
    """Yields the seconds between attempts, as the service config has them, with jitter."""
    longest = _FIRST_PAUSE_S
    for _ in range(attempts - 1):
        yield longest * random.uniform(0.8, 1.2)
        longest = min(longest * _LONGER, _LONGEST_PAUSE_S)


def is_loopback(target: str) -> bool:
    """Returns whether a target is on this machine.

    >>> is_loopback("localhost:50050"), is_loopback("[::1]:50050"), is_loopback("unix:/run/lienzo.sock")
    (True, True, True)
    >>> is_loopback("ipv4:127.0.0.1:50050,127.0.0.1:50060"), is_loopback("ipv4:127.0.0.1:1,10.0.0.1:1")
    (True, False)
    >>> is_loopback("museum.local:50050")
    False
    """
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    lists = target.startswith(("ipv4:", "ipv6:"))
    return all(map(_is_loopback_host, map(_host, target.split(",") if lists else [target])))


def _has_port(parts: SplitResult) -> bool:
    """Whether the port of an address is one, or is left out."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(target: str) -> str:
    address = target.rpartition("/")[2].removeprefix("dns:").removeprefix("ipv4:").removeprefix("ipv6:")
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address if address.count(":") > 1 else address.partition(":")[0]
