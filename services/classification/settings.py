"""Settings of the classification process."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from runtime.settings import Port
from services.models import ModelSettings
from services.table import SERVICES


class ClassificationSettings(ModelSettings):
    """Settings from `LIENZO_CLASSIFICATION_…`."""

    process: ClassVar[str] = "classification"

    grpc_port: Port = Field(
        SERVICES["classification"].grpc_port, description="port for gRPC; 0 takes a free one"
    )
