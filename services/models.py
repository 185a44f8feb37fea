"""Settings and errors of the services that read the model repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from bundle.errors import UnknownModel
from runtime.calls.errors import ErrorTable
from runtime.configuration.folders import check_folder
from runtime.configuration.settings import ServerSettings
from runtime.models.errors import BrokenBundle, ModelNotNamed
from runtime.reasons.models import BROKEN_BUNDLE, MODEL_NOT_NAMED, UNKNOWN_MODEL

MODEL_ERRORS: Final[ErrorTable] = {
    UnknownModel: UNKNOWN_MODEL,
    ModelNotNamed: MODEL_NOT_NAMED,
    BrokenBundle: BROKEN_BUNDLE,
}


class ModelSettings(ServerSettings):
    """Settings of a process that reads the model repository."""

    models: Path = Field(Path("models"), description="the model repository")
    model_poll_seconds: float = Field(
        1.0, gt=0, le=3600, description="pause between two checks for new versions"
    )

    @field_validator("models")
    @classmethod
    def _is_a_folder(cls, path: Path) -> Path:
        return check_folder(path)
