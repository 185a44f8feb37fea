"""The encoders by name: one settings model each."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.encoders.bovw import BovwSettings
from training.encoders.fisher import FisherSettings
from training.encoders.fitted import FittedEncoder
from training.encoders.vector import VectorSettings
from training.encoders.vlad import VladSettings

EncoderSettings: TypeAlias = Annotated[
    BovwSettings | VladSettings | FisherSettings | VectorSettings, Field(discriminator="name")
]


def fit_encoder(
    settings: EncoderSettings, descriptors: DescriptorSet, pictures: NDArray[np.int64], seed: int
) -> FittedEncoder:
    """Learns an encoder from some pictures of a set.

    Raises:
        TrainingError: When their descriptors are too few.
    """
    return settings.fit(descriptors, pictures, seed)
