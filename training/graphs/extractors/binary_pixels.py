"""Binarised pixels: Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions
on Systems, Man and Cybernetics 9(1), 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_rounded_luma
from vision.extractors.parameters import choice, ranged

_LEVELS = 256


@dataclass(frozen=True)
class BinaryPixels(GraphExtractor):
    """Binarised pixels, 1 where lighter than a threshold, else 0, row by row; for ink, stamps and digits.

    `otsu` chooses the threshold of each picture that maximises the variance between both classes
    (equation 16); `fixed` takes `threshold`.
    """

    name: ClassVar[str] = "binary_pixels"
    description: ClassVar[str] = (
        "Light against dark, small, at Otsu's threshold (Otsu, IEEE Trans. SMC 1979)."
    )

    side_px: int = ranged(32, 4, 256)
    method: str = choice("otsu", "fixed")
    threshold: int = ranged(127, 0, 254)

    @property
    def dimension(self) -> int:
        """Number of pixels."""
        return int(self.side_px) ** 2

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds rounded luma, the threshold and the comparison."""
        luma = add_rounded_luma(graph, planes)
        flat = graph.reshaped(luma, 1, self.dimension)
        limit = (
            graph.number(float(self.threshold))
            if self.method == "fixed"
            else _add_otsu(graph, flat, self.dimension)
        )
        return graph.as_float(graph.add("Greater", flat, limit))


def _add_otsu(graph: PictureGraph, luma: str, pixels: int) -> str:
    """Adds the level that maximises the variance between pixels up to it and above it; shape (1, 1)."""
    levels = np.arange(_LEVELS, dtype=np.float32)
    below = graph.as_float(
        graph.add("LessOrEqual", graph.reshaped(luma, 1, pixels), graph.number(levels[:, None]))
    )
    dark = graph.total(below, 1)
    dark_sum = graph.total(graph.add("Mul", below, luma), 1)
    light = graph.add("Sub", graph.number(float(pixels)), dark)
    light_sum = graph.add("Sub", graph.total(luma, 1), dark_sum)
    one = graph.number(1)
    apart = graph.add(
        "Sub",
        graph.add("Div", dark_sum, graph.add("Max", dark, one)),
        graph.add("Div", light_sum, graph.add("Max", light, one)),
    )
    between = graph.add("Mul", graph.add("Mul", dark, light), graph.add("Mul", apart, apart))
    best = graph.add("ArgMax", between, axis=0, keepdims=1)
    return graph.add("Cast", best, to=1)
