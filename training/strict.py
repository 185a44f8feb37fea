"""Settings that refuse what they do not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen settings; an unknown key is an error and names itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")
