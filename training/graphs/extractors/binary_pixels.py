"""Binarised pixels: Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions
on Systems, Man and Cybernetics 9(1), 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.otsu import add_otsu
from training.graphs.extractors.picture import PictureGraph, add_rounded_luma
from vision.extractors.parameters import choice, ranged


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
            else add_otsu(graph, flat, self.dimension)
        )
        return graph.as_float(graph.add("Greater", flat, limit))
