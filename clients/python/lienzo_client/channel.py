"""How this package reaches a gateway: target, TLS, API key, deadlines, retries and keepalive."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass

import grpc
import grpc.aio

DEFAULT_TARGET = "127.0.0.1:50050"
DEFAULT_TIMEOUT_S = 10.0
DEFAULT_KEEPALIVE_S = 10.0
SERVICE = "lienzo.gateway.v1.GatewayService"

# Reading a picture changes nothing on the server, so that every call with one answer may be repeated.
_RETRIED_METHODS = (
    "ClassifyImage",
    "ExtractPalette",
    "AnalyzeImage",
    "IdentifyWork",
    "ListModels",
    "GetModel",
    "GetUpload",
)
# Five attempts over about five seconds: long enough for a server that is being replaced, short enough
# for a person who mistyped the address. The stream has its own way of going on, see `flight.py`.
DEFAULT_ATTEMPTS = 5
_BACKOFF: dict[str, object] = {
    "initialBackoff": "0.2s",
    "maxBackoff": "3s",
    "backoffMultiplier": 2.5,
    "retryableStatusCodes": ["UNAVAILABLE"],
}
# A failure takes one token, a success gives a tenth of one back; below half of them nothing is repeated. A
# server that fails for long is then asked once a call.
_THROTTLING = {"maxTokens": 100, "tokenRatio": 0.1}
# A larger request is never repeated; by default that is 256 KiB, and a photograph has more.
_REPEATED_BYTES = 64 * 1024 * 1024
_MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Connection:
    """Where the gateway is and how to talk to it.

    Attributes:
        target: `host:port`, or any gRPC target such as `dns:///gateway.example:443`.
        api_key: Sent as `authorization: Bearer <key>` with every call; empty sends none.
        root_certificates: Certificates in PEM that the server's must be signed by; None means those that
            gRPC brings along.
        insecure: Plain text to a host that is not this one. To this host plain text is what `lienzo serve`
            speaks, so it is the default there unless `root_certificates` are given.
        timeout_s: Deadline of every call in seconds, above 0, unless the call names its own.
        attempts: How often a call is tried while the server is unavailable, 1 to 5.
        keepalive_s: Silence in seconds, while a call waits, after which the connection is tested; 0 never.

    Raises:
        ValueError: When two of them contradict each other.
    """

    target: str = DEFAULT_TARGET
    api_key: str = ""
    root_certificates: bytes | None = None
    insecure: bool = False
    timeout_s: float = DEFAULT_TIMEOUT_S
    attempts: int = DEFAULT_ATTEMPTS
    keepalive_s: float = DEFAULT_KEEPALIVE_S

    def __post_init__(self) -> None:
        if self.insecure and self.root_certificates is not None:
            raise ValueError("root_certificates are for TLS: leave out insecure=True, or leave them out")
        if not self.timeout_s > 0:
            raise ValueError(f"timeout_s is {self.timeout_s}; a deadline lies in the future")
        if not 1 <= self.attempts <= DEFAULT_ATTEMPTS:
            raise ValueError(f"attempts is {self.attempts}; gRPC tries 1 to {DEFAULT_ATTEMPTS} times")
        if self.keepalive_s and not self.keepalive_s >= 1:
            raise ValueError(f"keepalive_s is {self.keepalive_s}; it is 1 or more, or 0 for no pings")
        if not self.target:
            raise ValueError("the target is empty; it looks like host:port")

    @property
    def plain_text(self) -> bool:
        """Whether nothing on the way is encrypted."""
        return self.insecure or (self.root_certificates is None and is_loopback(self.target))

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries beside the request."""
        return (("authorization", f"Bearer {self.api_key}"),) if self.api_key else ()

    def deadline_s(self, timeout_s: float | None) -> float:
        """Seconds that a call may take: its own where it names one."""
        return self.timeout_s if timeout_s is None else timeout_s

    def open(self) -> grpc.Channel:
        """A channel for threads; nothing is sent before the first call."""
        options = channel_options(self.attempts, self.keepalive_s)
        if self.plain_text:
            return grpc.insecure_channel(self.target, options=options)
        return grpc.secure_channel(self.target, self._credentials(), options=options)

    def open_async(self) -> grpc.aio.Channel:
        """A channel for asyncio; nothing is sent before the first call."""
        options = channel_options(self.attempts, self.keepalive_s)
        if self.plain_text:
            return grpc.aio.insecure_channel(self.target, options=options)
        return grpc.aio.secure_channel(self.target, self._credentials(), options=options)

    def _credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.root_certificates)


def channel_options(attempts: int, keepalive_s: float) -> list[tuple[str, str | int]]:
    """Options of every channel: retries, spreading over replicas, and keepalive that suits a phone.

    A phone that changes from Wi-Fi to mobile keeps a socket that leads nowhere. A ping after some seconds of
    silence finds that out, but only while a call waits, so that an idle app does not wake the radio.
    Reconnecting waits 5 s at most; gRPC's own limit is two minutes. Channels share no connection, so that
    a new one is one.
    """
    pings: list[tuple[str, str | int]] = [
        ("grpc.keepalive_time_ms", round(keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", round(keepalive_s * 500)),
        ("grpc.http2.ping_timeout_ms", round(keepalive_s * 500)),  # the one that counts; a minute by default
        ("grpc.keepalive_permit_without_calls", 0),
        ("grpc.http2.max_pings_without_data", 0),  # gRPC's own two would fall silent after half a minute
    ]
    return [
        ("grpc.service_config", service_config(attempts)),
        ("grpc.per_rpc_retry_buffer_size", _REPEATED_BYTES),
        *(pings if keepalive_s else ()),
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 2_000),
        ("grpc.max_reconnect_backoff_ms", 5_000),
        ("grpc.max_receive_message_length", _MAX_ANSWER_BYTES),
        ("grpc.max_send_message_length", -1),
        ("grpc.primary_user_agent", "lienzo-client"),
        ("grpc.use_local_subchannel_pool", 1),
    ]


def service_config(attempts: int) -> str:
    """The gRPC service config: which methods are repeated, and that replicas take turns."""
    names = [{"service": SERVICE, "method": method} for method in _RETRIED_METHODS]
    retried = {"name": names, "retryPolicy": {"maxAttempts": attempts, **_BACKOFF}}
    repeating = {"methodConfig": [retried], "retryThrottling": _THROTTLING} if attempts > 1 else {}
    return json.dumps({"loadBalancingConfig": [{"round_robin": {}}], **repeating})


def is_loopback(target: str) -> bool:
    """Whether a target never leaves this machine.

    >>> is_loopback("localhost:50050"), is_loopback("[::1]:50050"), is_loopback("unix:/run/lienzo.sock")
    (True, True, True)
    >>> is_loopback("museum.local:50050")
    False
    """
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    host = _host(target)
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
