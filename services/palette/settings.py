"""Settings of the palette process."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from runtime.settings import Port
from services.pictures import PictureSettings
from services.table import SERVICES


class PaletteSettings(PictureSettings):
    """Settings from `LIENZO_PALETTE_…`."""

    process: ClassVar[str] = "palette"

    grpc_port: Port = Field(SERVICES["palette"].grpc_port, description="port for gRPC; 0 takes a free one")
    max_collection: int = Field(
        100_000, ge=1, description="pictures of one collection; a little memory is kept for each"
    )
