"""Settings of the features process."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from runtime.settings import Port
from services.models import ModelSettings
from services.pictures import PictureSettings
from services.table import SERVICES


class FeaturesSettings(ModelSettings, PictureSettings):
    """Settings from `LIENZO_FEATURES_…`."""

    process: ClassVar[str] = "features"

    grpc_port: Port = Field(SERVICES["features"].grpc_port, description="port for gRPC; 0 takes a free one")
