"""Convolutional networks as a classifier of recipes: their settings, and whether PyTorch is there."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from training.networks.design import Kind, design_for
from training.networks.run import TrainingRun
from training.strict import Strict

if TYPE_CHECKING:
    from training.networks.fitted import ConvolutionalNetwork

LIBRARIES = {"torch": "PyTorch", "safetensors": "safetensors"}

Widths = Annotated[tuple[Annotated[int, Field(ge=1, le=1024)], ...], Field(min_length=1, max_length=6)]


class CnnSettings(Strict):
    """Convolutional network on the pixels of a picture.

    Attributes:
        layers: `residual` or `plain`, see `Design`.
        widths: Filters of the first convolution, then of each block or further convolution.
        depth: Residual blocks of each further width.
        dense: Units of a fully connected layer before the last; 0 has none.
        epochs: How often every picture is trained on, at most.
        patience: Epochs without a lower validation loss after which training stops.
        batch: Pictures of a step; fewer where the set is small, so that an epoch has several steps.
        learning_rate: Its highest value, after a quarter of the epochs; it rises to it in a line and falls in
            a cosine (Smith, "A Disciplined Approach to Neural Network Hyper-Parameters", 2018).
        weight_decay: Of the weights, not of offsets and normalisation.
        smoothing: Share of the wanted answer that is spread over all labels.
        zoom: A picture is enlarged or reduced by up to this share, anew in every epoch.
        crop: The section moves by up to this share of its side; what lies outside mirrors the inside.
        flip: Whether half of the pictures are mirrored; not for letters.
        light: Contrast changes by up to this share, brightness by half of it.
        erase: A square of this share of the side turns grey, anywhere, a part of it outside; 0 has none.
    """

    name: Literal["cnn"] = "cnn"
    layers: Kind = "residual"
    widths: Widths = (16, 32, 64, 128)
    depth: int = Field(default=1, ge=1, le=16)
    dense: int = Field(default=0, ge=0, le=4096)
    epochs: int = Field(default=20, ge=1, le=1000)
    patience: int = Field(default=10, ge=1, le=1000)
    batch: int = Field(default=32, ge=2, le=4096)
    learning_rate: float = Field(default=0.08, gt=0, le=10)
    weight_decay: float = Field(default=0.0005, ge=0, le=1)
    smoothing: float = Field(default=0.1, ge=0, lt=1)
    zoom: float = Field(default=0.1, ge=0, le=0.5)
    crop: float = Field(default=0.1, ge=0, le=0.5)
    flip: bool = True
    light: float = Field(default=0.15, ge=0, le=1)
    erase: float = Field(default=0, ge=0, le=0.9)

    @model_validator(mode="after")
    def _has_blocks_to_repeat(self) -> CnnSettings:
        if self.depth > 1 and self.layers == "plain":
            raise ValueError(f"has depth = {self.depth}, but plain layers come without blocks")
        return self

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return f"cnn {design_for(self.layers, self.widths, self.depth, self.dense, 1 << 20, 2).title}"

    def fit(
        self,
        features: NDArray[np.float32],
        targets: NDArray[np.int64],
        seed: int,
        run: TrainingRun | None = None,
    ) -> ConvolutionalNetwork:
        """Fits a `ConvolutionalNetwork` on pixels of 0 to 1, channel by channel.

        Raises:
            TrainingError: When the loss is not a number, or a checkpoint is that of another network.
        """
        from training.networks.learning import learn_network  # PyTorch takes seconds to import.

        return learn_network(self, features, targets, seed, run or TrainingRun())


def missing_library() -> str:
    """Names a library that networks need and that is not installed; empty where all are."""
    return next((title for name, title in LIBRARIES.items() if find_spec(name) is None), "")
