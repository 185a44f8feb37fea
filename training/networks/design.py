"""The layers of a network, as plain data that PyTorch's modules and the exported graph are both made from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from training.errors import TrainingError

Kind: TypeAlias = Literal["residual", "plain"]

MIDDLE: Final = 0.5
SPREAD: Final = 0.25
"""Pixels of 0 to 1 are shifted and scaled by these before the first layer."""


@dataclass(frozen=True)
class Design:
    """A network from the pixels of a picture to a score for each label.

    Attributes:
        kind: `residual`: a convolution, then blocks of two that halve the sides, with a shortcut around each
            (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016), then the mean over the
            picture. `plain`: convolutions, each followed by maximum pooling, then all numbers side by side
            (LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 86, 1998).
        widths: Filters of the first convolution, then of each block or further convolution.
        depth: Blocks of each further width; all but the first of them keep the sides. 1 where it is plain.
        dense: Units of a fully connected layer before the last; 0 has none.
        channels: 3 for RGB, 1 for luma.
        side: Of the square picture, in pixels.
        labels: Number of scores.
    """

    kind: Kind
    widths: tuple[int, ...]
    depth: int
    dense: int
    channels: int
    side: int
    labels: int

    @property
    def title(self) -> str:
        """Kind and widths, such as `residual 16-32-64-128` or `residual 64-128 × 2`."""
        depth = f" × {self.depth}" if self.depth > 1 else ""
        dense = f", dense {self.dense}" if self.dense else ""
        return f"{self.kind} {'-'.join(map(str, self.widths))}{depth}{dense}"

    @property
    def stages(self) -> list[tuple[int, int, int]]:
        """What follows the first convolution: filters that come in, filters that go out, and the stride."""
        return [
            (outputs, outputs, 1) if number else (inputs, outputs, 2)
            for inputs, outputs in pairwise(self.widths)
            for number in range(self.depth)
        ]

    @property
    def flat(self) -> int:
        """Numbers that the fully connected layers begin with."""
        return self.widths[-1] * (1 if self.kind == "residual" else (self.side >> len(self.widths)) ** 2)


def design_for(
    kind: Kind, widths: tuple[int, ...], depth: int, dense: int, pixels: int, labels: int
) -> Design:
    """Makes the design for pictures of so many numbers, which the extractor `pixels` gives.

    Raises:
        TrainingError: When they do not make a square, or one that is too small for so many layers.
    """
    channels = 3 if pixels % 3 == 0 and math.isqrt(pixels // 3) ** 2 == pixels // 3 else 1
    side = math.isqrt(pixels // channels)
    if channels * side**2 != pixels:
        raise TrainingError(f"a network takes square pictures, and {pixels} numbers do not make a square")
    if kind == "plain" and side >> len(widths) < 1:
        raise TrainingError(
            f"pictures of {side} pixels are too small for {len(widths)} layers that halve them; set side_px"
        )
    return Design(kind, widths, depth, dense, channels, side, labels)
