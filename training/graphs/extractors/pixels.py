"""Pixels as features: Turk and Pentland, "Eigenfaces for Recognition", J. Cogn. Neurosci. 3(1), 1991."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_luma
from vision.extractors.parameters import choice, ranged


@dataclass(frozen=True)
class Pixels(GraphExtractor):
    """The reduced picture itself: luma or RGB from 0 to 1, row by row, channel by channel."""

    name: ClassVar[str] = "pixels"
    description: ClassVar[str] = (
        "The picture itself, small (Turk and Pentland, J. Cognitive Neuroscience 1991)."
    )

    side_px: int = ranged(32, 4, 256)
    channels: str = choice("luma", "rgb")

    @property
    def dimension(self) -> int:
        """Number of pixels times channels."""
        return int(self.side_px) ** 2 * (3 if self.channels == "rgb" else 1)

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds luma and scale."""
        seen = planes if self.channels == "rgb" else add_luma(graph, planes)
        return graph.reshaped(graph.add("Div", seen, graph.number(255)), 1, self.dimension)
