"""The encoders by name: a settings model each, with a `fit` that returns a fitted encoder."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from training.encoders.bovw import BovwSettings
from training.encoders.fisher import FisherSettings
from training.encoders.joined import JoinedSettings
from training.encoders.pca import PcaSettings
from training.encoders.vector import VectorSettings
from training.encoders.vlad import VladSettings

EncoderSettings: TypeAlias = Annotated[
    BovwSettings | VladSettings | FisherSettings | VectorSettings | JoinedSettings | PcaSettings,
    Field(discriminator="name"),
]
