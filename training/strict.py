"""Settings that refuse unknown keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen settings; an unknown key is an error that names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
