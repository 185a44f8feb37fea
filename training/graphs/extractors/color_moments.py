"""Colour moments: Stricker and Orengo, "Similarity of Color Images", SPIE Storage and Retrieval III, 1995."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from training.graphs.extractors.cells import add_cells, check_grid
from training.graphs.extractors.color_space import add_color_space, channel_ranges
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph
from vision.extractors.parameters import choice, ranged

# Below this the cube root of the third moment is rounding noise: the root is infinitely steep at zero.
_SMALLEST_VARIANCE, _SMALLEST_THIRD = 1e-12, 1e-8


@dataclass(frozen=True)
class ColorMoments(GraphExtractor):
    """Mean, standard deviation and cube root of the third central moment of each channel, cell by cell.

    Values are shares of the channel's range, the root less the 0.002 that rounding alone can cause; three
    numbers for the first channel, then the second, then the third.
    """

    name: ClassVar[str] = "color_moments"
    description: ClassVar[str] = (
        "Mean, spread and skew of each colour channel (Stricker and Orengo, SPIE 1995)."
    )

    side_px: int = ranged(128, 16, 1024)
    space: str = choice("lab", "rgb", "hsv")
    grid: int = ranged(1, 1, 8)

    def __post_init__(self) -> None:
        check_grid(self.name, self.side_px, self.grid)

    @property
    def dimension(self) -> int:
        """Nine numbers per cell."""
        return 9 * int(self.grid) ** 2

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds the moments of every cell."""
        ranges = np.array(channel_ranges(self.space))
        widths = (ranges[:, 1] - ranges[:, 0]).reshape(1, 3, 1, 1)
        shares = graph.add("Div", add_color_space(graph, planes, self.space), graph.number(widths))
        cells = add_cells(graph, shares, 3, self.side_px, self.grid)
        mean = graph.add("ReduceMean", cells, graph.integers(2), keepdims=1)
        apart = graph.add("Sub", cells, mean)
        squares = graph.add("Mul", apart, apart)
        variance = graph.add("ReduceMean", squares, graph.integers(2), keepdims=1)
        third = graph.add("ReduceMean", graph.add("Mul", squares, apart), graph.integers(2), keepdims=1)
        # Clamped before the roots: run times differ in the root of tiny numbers, and in its sign.
        spread = graph.add("Sqrt", graph.add("Max", variance, graph.number(_SMALLEST_VARIANCE)))
        size = graph.add("Max", graph.add("Abs", third), graph.number(_SMALLEST_THIRD))
        root = graph.add(
            "Sub", graph.add("Pow", size, graph.number(1 / 3)), graph.number(np.cbrt(_SMALLEST_THIRD))
        )
        skew = graph.add("Mul", graph.add("Sign", third), root)
        return graph.reshaped(graph.add("Concat", mean, spread, skew, axis=2), 1, self.dimension)
