"""Colour histograms: Swain and Ballard, "Color Indexing", IJCV 7(1), 1991."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from training.graphs.extractors.cells import (
    add_cells,
    add_histogram,
    add_joint_histogram,
    add_members,
    add_scaled_counts,
    check_grid,
)
from training.graphs.extractors.color_space import add_bin_numbers, add_color_space
from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph
from vision.extractors.parameters import choice, ranged

_CHANNEL_PAIRS = ((0, 1), (0, 2), (1, 2))


@dataclass(frozen=True)
class ColorHistogram(GraphExtractor):
    """Histogram of colours in each cell of a grid.

    `axes` 1 counts each channel alone (3 · bins numbers per cell), 2 each pair of channels (3 · bins²), 3 all
    three together (bins³).
    """

    name: ClassVar[str] = "color_histogram"
    description: ClassVar[str] = (
        "Counts of colours in bins of RGB, HSV or Lab (Swain and Ballard, IJCV 1991)."
    )

    side_px: int = ranged(128, 16, 1024)
    space: str = choice("rgb", "hsv", "lab")
    axes: int = ranged(3, 1, 3)
    bins: int = ranged(8, 2, 32)
    grid: int = ranged(1, 1, 8)
    values: str = choice("shares", "counts", "roots")

    def __post_init__(self) -> None:
        check_grid(self.name, self.side_px, self.grid)

    @property
    def dimension(self) -> int:
        """Numbers per cell times cells."""
        numbers = self.bins**3 if self.axes == 3 else 3 * self.bins**self.axes
        return int(numbers * self.grid**2)

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds bins and counts: cell by cell; in a cell, the first channel's bin changes slowest."""
        space = add_color_space(graph, planes, self.space)
        numbers = add_bin_numbers(graph, space, self.space, self.bins)
        cells = add_cells(graph, numbers, 3, self.side_px, self.grid)
        channels = [add_members(graph, cells, each, self.bins) for each in range(3)]
        counts = self._counted(graph, channels)
        flat = graph.reshaped(counts, 1, self.dimension)
        return add_scaled_counts(graph, flat, (self.side_px // self.grid) ** 2, self.values)

    def _counted(self, graph: PictureGraph, channels: list[str]) -> str:
        if self.axes == 1:
            return graph.add("Concat", *(add_histogram(graph, each) for each in channels), axis=1)
        if self.axes == 2:
            pairs = (add_joint_histogram(graph, channels[a], channels[b]) for a, b in _CHANNEL_PAIRS)
            return graph.add("Concat", *pairs, axis=1)
        pixels = (self.side_px // self.grid) ** 2
        first = graph.reshaped(channels[0], self.grid**2, self.bins, 1, pixels)
        second = graph.reshaped(channels[1], self.grid**2, 1, self.bins, pixels)
        both = graph.reshaped(graph.add("Mul", first, second), self.grid**2, self.bins**2, pixels)
        return add_joint_histogram(graph, both, channels[2])
