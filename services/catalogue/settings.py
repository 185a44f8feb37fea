"""Settings of the catalogue process."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from catalogue.shelves import open_shelf
from runtime.calls.authentication import Credentials, parse_key_hashes
from runtime.configuration.settings import Port, is_loopback
from services.pictures import PictureSettings
from services.table import SERVICES


class CatalogueSettings(PictureSettings):
    """Settings from `LIENZO_CATALOGUE_…`."""

    process: ClassVar[str] = "catalogue"

    grpc_port: Port = Field(SERVICES["catalogue"].grpc_port, description="port for gRPC; 0 takes a free one")
    catalogues: str = Field(
        "catalogues",
        description="where the catalogues are: a folder with a folder for each, or a database, "
        "`postgresql://…`, whose password goes into `PGPASSWORD` or `~/.pgpass`, or `qdrant://…`, whose key "
        "goes into `QDRANT_API_KEY`",
    )
    keeper_keys_file: Path | None = Field(
        None,
        description="file of `name:sha256 of the key` lines: who may change works; without it callers on "
        "this machine may, and nobody where others can reach the service",
    )

    @field_validator("catalogues")
    @classmethod
    def _is_a_place(cls, place: str) -> str:
        open_shelf(place)
        return place

    @field_validator("keeper_keys_file")
    @classmethod
    def _holds_keeper_keys(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        if not path.is_file():
            raise ValueError(f"{path} is not a file")
        if not parse_key_hashes(path.read_text(encoding="utf-8")):
            raise ValueError(f"{path} has no keys, so that nobody could change works")
        return path

    def keepers(self) -> Credentials | None:
        """Returns who may change works: everybody that may call where it is None."""
        if self.keeper_keys_file is not None:
            return Credentials(parse_key_hashes(self.keeper_keys_file.read_text(encoding="utf-8")))
        return None if is_loopback(self.host) else Credentials({})

    def credentials(self) -> Credentials:
        """Reads the credentials of callers; keepers may call, too."""
        callers, keepers = super().credentials(), self.keepers()
        if not callers.required or keepers is None:
            return callers
        return Credentials(
            {**keepers.key_hashes, **callers.key_hashes}, callers.jwt_key, callers.jwt_audience
        )
