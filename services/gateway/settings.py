"""Settings of the gateway process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, ValidationInfo, create_model, field_validator

from runtime.configuration.folders import check_folder
from runtime.configuration.settings import Port
from runtime.configuration.tls import check_certificates
from services.addresses import AddressSettings
from services.table import BACKENDS, GATEWAY, NEEDED, SERVICES


def _target_of(name: str) -> Any:
    entry = SERVICES[name]
    description = f"address of the {name} service"
    return Field("" if entry.optional else entry.target, description=description)


def _listed(text: str) -> list[str]:
    """Splits a list with commas, without spaces and empty entries."""
    return [each.strip() for each in text.split(",") if each.strip()]


if TYPE_CHECKING:
    TargetSettings = AddressSettings
else:
    # A setting `<name>_target` for every service behind the gateway: only the table knows which they are.
    TargetSettings = create_model(
        "TargetSettings",
        __base__=AddressSettings,
        **{f"{name}_target": (str, _target_of(name)) for name in BACKENDS},
    )


class GatewaySettings(TargetSettings):
    """Settings from `LIENZO_GATEWAY_…`."""

    process: ClassVar[str] = "gateway"

    grpc_port: Port = Field(GATEWAY.grpc_port, description="port for gRPC; 0 takes a free one")
    http_port: Port = Field(
        GATEWAY.http_port, description="port for HTTP and the web page; 0 takes a free one"
    )
    # Above the picture limit, so that oversized pictures get a typed error instead of a transport failure.
    max_message_bytes: int = Field(64 * 2**20, ge=2**16, le=2**30, description="largest gRPC message")
    backend_ca: Path | None = Field(
        None, description="root certificates (PEM) of the services; plain text if unset"
    )
    backend_api_key: str = Field("", description="key for the services, where they require one", repr=False)
    default_model: str = Field(
        "", description="model for requests that name none; empty: the only one there is"
    )
    default_deadline_seconds: float = Field(30, gt=0, description="deadline of calls without one")
    max_in_flight: int = Field(
        256,
        ge=1,
        description="calls at a time, more are refused at once; and pictures of streams, which wait",
    )
    max_streams: int = Field(256, ge=1, le=10_000, description="streams at a time; more are refused at once")
    stream_window: int = Field(16, ge=1, le=1024, description="pictures of one stream at a time")
    head_seconds: float = Field(
        10, gt=0, description="time for a TLS handshake over HTTPS, and for the headers of an HTTP request"
    )
    body_seconds: float = Field(
        20,
        gt=0,
        description="time for the body of an HTTP request, and a second more for every 4 KiB of it; also the "
        "longest pause of an upload in chunks",
    )
    photo_side_px: int = Field(
        1600,
        ge=16,
        le=2**32 - 1,
        description="longer side, in pixels, to which apps are told to reduce photos before they send them",
    )
    cors_origins: str = Field(
        "", description="origins (https://host) of other pages that may call, with commas; * allows all"
    )
    allowed_hosts: str = Field(
        "",
        description="host names of HTTP requests, with commas; *.name for all below one, * for all; IP "
        "addresses and localhost always pass; empty: no others on loopback without keys, else all",
    )
    keep_alive_seconds: int = Field(
        75, ge=1, le=3600, description="time for which a quiet HTTP connection stays open; above the proxy's"
    )
    models: Path = Field(Path("models"), description="the model repository, for downloads")
    max_upload_bytes: int = Field(
        256 * 2**20, ge=1, description="bytes of all uploads together; one key gets at most half of them"
    )
    upload_minutes: float = Field(
        10, gt=0, description="time for which an unused upload is kept; once used, a minute"
    )
    repeat_minutes: float = Field(5, ge=0, description="time for which a request id gets the same answer")
    repeat_capacity: int = Field(1000, ge=1, description="answers that are kept for repeated request ids")
    max_repeat_bytes: int = Field(
        32 * 2**20, ge=0, description="bytes of all answers that are kept for repeated request ids"
    )

    peers: str = Field(
        "",
        description="addresses (host:port, with commas) of all gateways that share uploads and repeated "
        "request ids, this one among them; empty: this one alone",
    )
    peer_address: str = Field(
        "", validate_default=True, description="this gateway's own address among the peers"
    )
    peer_ca: Path | None = Field(
        None,
        description="root certificates (PEM) of the other gateways; if unset, those that come with gRPC; not "
        "needed where the gateways have no TLS",
    )

    @property
    def gateways(self) -> list[str]:
        """Addresses of all gateways that share uploads, this one among them; empty where it is alone."""
        return _listed(self.peers)

    @property
    def targets(self) -> dict[str, str]:
        """Addresses of the services behind the gateway, by name; optional ones only where they have one."""
        targets = {name: getattr(self, f"{name}_target") for name in BACKENDS}
        return {name: target for name, target in targets.items() if target or not SERVICES[name].optional}

    @property
    def max_body_bytes(self) -> int:
        """Largest HTTP body with a message: base64 makes four bytes of three bytes of a picture."""
        return min(self.max_message_bytes, self.max_picture_bytes // 3 * 4 + 2**16)

    @property
    def origins(self) -> list[str]:
        """Origins of other pages that may call."""
        return [each.rstrip("/") for each in _listed(self.cors_origins)]

    @property
    def hosts(self) -> list[str]:
        """Names of this server in HTTP requests; empty where the default applies."""
        return _listed(self.allowed_hosts)

    @field_validator("models")
    @classmethod
    def _is_a_folder(cls, path: Path) -> Path:
        return check_folder(path)

    @field_validator(*(f"{name}_target" for name in NEEDED))
    @classmethod
    def _is_known(cls, target: str) -> str:
        if not target:
            raise ValueError("the address is empty: is a variable not set?")
        return target

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, hosts: str) -> str:
        for each in _listed(hosts):
            if each != "*" and not re.fullmatch(r"(\*\.)?[A-Za-z0-9._-]+", each):
                raise ValueError(
                    f"{each} is not the name of a host (expected museum.example, without a port)"
                )
        return hosts

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        for each in _listed(origins):
            if each != "*" and not re.fullmatch(r"https?://[^/\s]+/?", each):
                raise ValueError(f"{each} is not an origin (expected https://museum.example)")
        return origins

    @field_validator("peers")
    @classmethod
    def _are_addresses(cls, peers: str) -> str:
        addresses = _listed(peers)
        for each in addresses:
            if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}", each):
                raise ValueError(f"{each} is not the address of a gateway (expected host:port)")
        if len(set(addresses)) < len(addresses):
            raise ValueError("a gateway is named twice")
        return peers

    @field_validator("peer_address")
    @classmethod
    def _is_one_of_them(cls, address: str, info: ValidationInfo) -> str:
        peers = _listed(info.data.get("peers", ""))
        if peers and address not in peers:
            raise ValueError(f"name which of the peers this gateway is, as they are written there: {peers}")
        return address

    @field_validator("backend_ca", "peer_ca")
    @classmethod
    def _holds_certificates(cls, path: Path | None) -> Path | None:
        if path is not None:
            check_certificates(path)
        return path
