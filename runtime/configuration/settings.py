"""Settings of a server process: flags, then environment, then defaults; reports all problems at start.

A value is looked for as a flag (`--grpc-port`), as `LIENZO_<PROCESS>_<NAME>` (for this process only) and
as `LIENZO_<NAME>` (for all of them).
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar, get_args

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    CliSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bundle.validation import own_words
from runtime.calls.authentication import Credentials, parse_key_hashes
from runtime.configuration.logs import LogFormat
from runtime.configuration.processors import usable_processors
from runtime.configuration.tls import check_tls_pair

Port = Annotated[int, Field(ge=0, le=65535)]


class ServerSettings(BaseSettings):
    """Settings of every server process. Frozen: one object, built once in `__main__`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_avoid_json=True,
        defer_build=True,  # of the classes that a process has, one is used
    )

    process: ClassVar[str]

    host: str = Field(
        "127.0.0.1", description="address to listen on; beyond loopback only with TLS or --insecure"
    )
    grpc_port: Port = Field(0, description="port for gRPC; 0 takes a free one")
    tls_certificate: Path | None = Field(None, description="certificate chain, PEM; also for HTTPS")
    tls_key: Path | None = Field(None, validate_default=True, description="private key, PEM")
    insecure: bool = Field(False, validate_default=True, description="listen beyond loopback without TLS")
    api_keys_file: Path | None = Field(None, description="file of `name:sha256 of the key` lines")
    jwt_key_file: Path | None = Field(
        None, description="public key (PEM) that tokens are checked with: RSA, ECDSA or EdDSA"
    )
    jwt_audience: str = Field("lienzo", description="audience that a token must carry")
    log_format: LogFormat = Field("auto", description="human, json, or auto: human on a terminal")
    log_level: str = Field("info", pattern=r"^(?i:debug|info|warning|error)$", description="lowest level")
    workers: int = Field(
        default_factory=usable_processors,
        ge=1,
        le=256,
        description="calls at a time; by default one per processor; the gateway goes by max_in_flight",
    )
    queue: int = Field(
        64, ge=0, le=10_000, description="calls that may wait; more are refused at once; not at the gateway"
    )
    max_streams: int = Field(
        64,
        ge=1,
        le=10_000,
        description="streams at a time; more, or more than half of them by one caller, are refused at once",
    )
    max_message_bytes: int = Field(24 * 2**20, ge=2**16, le=2**30, description="largest gRPC message")
    max_held_bytes: int = Field(
        512 * 2**20,
        ge=2**20,
        description="bytes of requests that arrive or are answered at a time: calls past them are refused at "
        "once, streams wait from half of them on",
    )
    receive_seconds: float = Field(
        60, gt=0, le=3600, description="time for a request to arrive, whatever its size"
    )
    idle_seconds: float = Field(
        120, gt=0, le=3600, description="time after which a stream that sends nothing is ended"
    )
    drain_seconds: float = Field(10, ge=0, le=300, description="time for calls in flight after SIGTERM")
    stall_seconds: float = Field(
        60,
        gt=0,
        le=3600,
        description="readiness drops when work has neither begun nor ended for so long; not at the gateway",
    )
    max_connection_age_seconds: int = Field(
        300, ge=1, description="age at which a connection is closed, so that clients find new replicas"
    )
    metrics_port: Port | None = Field(
        None, description="port for Prometheus, over TLS with tls_certificate; not opened when unset"
    )
    metrics_host: str = Field(
        "", validate_default=True, description="address of the metrics port; that of host when unset"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before flags before the process's own variables before the shared ones."""
        return (
            init_settings,
            CliSettingsSource(settings_cls, cli_parse_args=True, cli_prog_name=f"lienzo serve {cls.process}"),
            EnvSettingsSource(
                settings_cls, env_prefix=f"LIENZO_{cls.process.upper()}_", env_ignore_empty=True
            ),
            EnvSettingsSource(settings_cls, env_prefix="LIENZO_", env_ignore_empty=True),
        )

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_empty_path(cls, value: object, info: ValidationInfo) -> object:
        kind = cls.model_fields[info.field_name or ""].annotation
        if value == "" and (kind is Path or Path in get_args(kind)):
            raise ValueError("the path is empty: is a variable not set?")
        return value

    # Fields check each other by `info.data`, so that all problems are reported at once: a model validator
    # would not run while a field is wrong.

    @field_validator("host")
    @classmethod
    def _is_named(cls, host: str) -> str:
        if not host:
            raise ValueError("the address is empty: is a variable not set?")
        return host

    @field_validator("tls_certificate", "tls_key", "api_keys_file", "jwt_key_file")
    @classmethod
    def _is_readable(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"{path} is not a file")
        return path

    @field_validator("tls_key")
    @classmethod
    def _belongs_to_a_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        certificate: Path | None = info.data.get("tls_certificate", key)
        if (certificate is None) != (key is None):
            raise ValueError("tls_certificate and tls_key belong together: one of them is missing")
        if certificate is not None and key is not None:
            check_tls_pair(certificate, key)
        return key

    @field_validator("insecure")
    @classmethod
    def _is_needed_beyond_loopback(cls, insecure: bool, info: ValidationInfo) -> bool:
        host = info.data.get("host", "127.0.0.1")
        without_tls = info.data.get("tls_certificate", Path()) is None
        if without_tls and not insecure and not is_loopback(host):
            raise ValueError(
                f"host {host} is reachable from other machines: give tls_certificate and tls_key, "
                "or say --insecure"
            )
        return insecure

    @field_validator("metrics_host")
    @classmethod
    def _is_open_where_that_is_meant(cls, host: str, info: ValidationInfo) -> str:
        plain = info.data.get("tls_certificate", Path()) is None
        if host and plain and not info.data.get("insecure", True) and not is_loopback(host):
            raise ValueError(
                f"{host} is reachable from other machines: give tls_certificate and tls_key, "
                "or say --insecure"
            )
        return host

    @field_validator("api_keys_file")
    @classmethod
    def _holds_keys(cls, path: Path | None) -> Path | None:
        if path is not None and not parse_key_hashes(path.read_text(encoding="utf-8")):
            raise ValueError(f"{path} has no keys, so that everybody could call")
        return path

    @field_validator("jwt_key_file")
    @classmethod
    def _is_a_public_key(cls, path: Path | None) -> Path | None:
        if path is not None:
            from runtime.calls.tokens import algorithms_of  # see `runtime.calls.authentication`

            algorithms_of(path.read_text(encoding="utf-8"))
        return path

    @property
    def streams_of_a_caller(self) -> int:
        """How many streams the holder of one key, or without keys one machine, may have open."""
        return (self.max_streams + 1) // 2

    def credentials(self) -> Credentials:
        """Reads the credentials of callers from the files that the settings name."""
        keys = self.api_keys_file.read_text(encoding="utf-8") if self.api_keys_file else ""
        jwt_key = self.jwt_key_file.read_text(encoding="utf-8") if self.jwt_key_file else ""
        return Credentials(parse_key_hashes(keys), jwt_key, self.jwt_audience)

    def tls_pair(self) -> tuple[bytes, bytes] | None:
        """Reads private key and certificate chain; None for plain text."""
        if self.tls_key is None or self.tls_certificate is None:
            return None
        return self.tls_key.read_bytes(), self.tls_certificate.read_bytes()


SettingsT = TypeVar("SettingsT", bound=ServerSettings)


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """Builds the settings of this process from flags and environment.

    Raises:
        SystemExit: With status 2, after writing one line for each problem.
    """
    try:
        return kind()
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(map(str, problem["loc"]))
            message = own_words(problem["msg"])
            print(f"lienzo {kind.process}: {f'{name}: ' if name else ''}{message}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def is_loopback(host: str) -> bool:
    """Tells whether an address to listen on is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
