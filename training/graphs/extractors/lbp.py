"""Local binary patterns.

Ojala, Pietikäinen and Mäenpää, "Multiresolution Gray-Scale and Rotation Invariant Texture Classification with
Local Binary Patterns", PAMI 24(7), 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from training.graphs.extractors.cells import add_cells, add_scaled_counts, add_wide_histogram, check_grid
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_rounded_luma
from vision.extractors.parameters import choice, ranged, several

_POINTS = 8
_BINS = {"uniform": 59, "rotation_invariant": 10, "all": 256}


@dataclass(frozen=True)
class LocalBinaryPatterns(GraphExtractor):
    """Histogram of the patterns of darker and lighter on circles of 8 points, in each cell of a grid.

    `uniform` has a bin for each of the 58 patterns with at most two changes around the circle and one for all
    others; `rotation_invariant` merges rotated ones (equation 9); `all` keeps the 256 codes apart.
    """

    name: ClassVar[str] = "lbp"
    description: ClassVar[str] = (
        "Counts of patterns of darker and lighter on circles (Ojala et al., PAMI 2002)."
    )

    radii_px: tuple[int, ...] = several((1, 2, 4), 1, 16)
    patterns: str = choice("uniform", "rotation_invariant", "all")
    grid: int = ranged(1, 1, 8)
    values: str = choice("shares", "counts", "roots")

    def __post_init__(self) -> None:
        check_grid(self.name, self.side_px, self.grid)

    @property
    def dimension(self) -> int:
        """Number of bins times cells times radii."""
        return int(_BINS[self.patterns] * self.grid**2 * len(self.radii_px))

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds codes and counts: radius by radius, cell by cell."""
        luma = add_rounded_luma(graph, planes)
        counts = []
        for radius in self.radii_px:
            numbers = self._add_numbers(graph, add_lighter(graph, luma, radius))
            cells = add_cells(graph, numbers, 1, self.side_px, self.grid)
            counts.append(add_wide_histogram(graph, cells, 0, _BINS[self.patterns]))
        flat = graph.reshaped(graph.add("Concat", *counts, axis=0), 1, self.dimension)
        return add_scaled_counts(graph, flat, (self.side_px // self.grid) ** 2, self.values)

    def _add_numbers(self, graph: PictureGraph, lighter: str) -> str:
        """Adds the bin of every pixel, (1, 1, side, side), from the 8 comparisons."""
        if self.patterns == "rotation_invariant":
            return _add_rotation_invariant(graph, lighter)
        code = graph.linear_map(lighter, [[2**each for each in range(_POINTS)]])
        if self.patterns == "all":
            return code
        index = graph.add("Cast", code, to=6)
        return graph.add("Gather", graph.number(_uniform_bins()), index, axis=0)


def add_lighter(graph: PictureGraph, luma: str, radius: int) -> str:
    """Compares 8 points on a circle with its centre, 1 where at least as light, else 0: (1, 8, side, side).

    Points are 45° apart, counted from the right and upwards. They are interpolated linearly between pixels;
    beyond the edge the picture's last pixels are repeated.
    """
    margins = graph.integers(0, 0, radius, radius, 0, 0, radius, radius)
    padded = graph.add("Pad", luma, margins, mode="edge")
    differences = graph.add("Conv", padded, graph.number(_circle(radius)))
    return graph.as_float(graph.add("GreaterOrEqual", differences, graph.number(0.0)))


def _circle(radius: int) -> NDArray[np.float32]:
    """Computes kernels (8, 1, 2·radius + 1, 2·radius + 1): an interpolated point minus the centre.

    Points are on 256ths of a pixel, so that differences of whole numbers are exact in single precision.
    """
    size = 2 * radius + 1
    kernels = np.zeros((_POINTS, 1, size + 1, size + 1))
    for point in range(_POINTS):
        angle = 2 * np.pi * point / _POINTS
        y, x = (
            np.round([256 * (radius - radius * np.sin(angle)), 256 * (radius + radius * np.cos(angle))]) / 256
        )
        row, column = int(y), int(x)
        down, right = y - row, x - column
        square = np.outer([1 - down, down], [1 - right, right])
        kernels[point, 0, row : row + 2, column : column + 2] += square
        kernels[point, 0, radius, radius] -= 1
    return kernels[:, :, :size, :size].astype(np.float32)


def _add_rotation_invariant(graph: PictureGraph, lighter: str) -> str:
    ones = graph.total(lighter, 1)
    around = np.eye(_POINTS) - np.roll(np.eye(_POINTS), 1, axis=1)
    changes = graph.total(graph.add("Abs", graph.linear_map(lighter, around)), 1)
    uniform = graph.add("Less", changes, graph.number(2.5))
    return graph.add("Where", uniform, ones, graph.number(float(_POINTS + 1)))


def _uniform_bins() -> NDArray[np.float32]:
    """Computes the bin of each of 256 codes: uniform ones in the order of their code, all others last."""
    bits = (np.arange(256)[:, None] >> np.arange(_POINTS)) & 1
    uniform = np.abs(bits - np.roll(bits, 1, axis=1)).sum(axis=1) <= 2
    bins = np.full(256, uniform.sum(), np.float32)
    bins[uniform] = np.arange(uniform.sum())
    return bins
