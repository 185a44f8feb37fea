"""The encoders by name: a settings model each, with a `fit` that returns a fitted encoder."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from training.encoders.pca import OtherEncoder, PcaSettings

EncoderSettings: TypeAlias = Annotated[OtherEncoder | PcaSettings, Field(discriminator="name")]
