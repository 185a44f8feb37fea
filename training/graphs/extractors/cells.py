"""Histograms in each cell of a grid over the picture."""

from __future__ import annotations

import numpy as np

from training.graphs.extractors.picture import PictureGraph
from vision.errors import InvalidExtractorParameter


def check_grid(extractor: str, side: int, grid: int) -> None:
    """Raises InvalidExtractorParameter when the grid does not divide the picture's side."""
    if side % grid:
        problem = f"divides side_px ({side}) into cells of the same size, which {grid} does not"
        raise InvalidExtractorParameter(extractor, "grid", problem)


def add_cells(graph: PictureGraph, planes: str, channels: int, side: int, grid: int) -> str:
    """Divides planes into grid × grid cells, row by row: (1, C, side, side) to (grid², C, pixels)."""
    edge = side // grid
    cut = graph.reshaped(planes, channels, grid, edge, grid, edge)
    sorted_by_cell = graph.add("Transpose", cut, perm=[1, 3, 0, 2, 4])
    return graph.reshaped(sorted_by_cell, grid * grid, channels, edge * edge)


def add_members(graph: PictureGraph, cells: str, channel: int, bins: int) -> str:
    """Adds each pixel's bin, one-hot: (cells, C, P), whole numbers from 0, to (cells, bins, P)."""
    values = graph.sliced(cells, 1, channel, channel + 1)
    numbers = np.arange(bins, dtype=np.float32)[None, :, None]
    return graph.as_float(graph.add("Equal", values, graph.number(numbers)))


def add_histogram(graph: PictureGraph, members: str) -> str:
    """Counts the pixels of each cell in each bin: (cells, bins, P) to (cells, bins, 1), whole numbers."""
    return graph.total(members, 2)


def add_joint_histogram(graph: PictureGraph, first: str, second: str) -> str:
    """Counts the pixels in each pair of bins: two of (cells, bins, P) to (cells, bins, bins)."""
    return graph.add("MatMul", first, graph.add("Transpose", second, perm=[0, 2, 1]))


def add_wide_histogram(graph: PictureGraph, cells: str, channel: int, bins: int) -> str:
    """Counts the pixels in many bins, (cells, bins, 1), from bin numbers (cells, C, P).

    A number is split into a quotient and a remainder, so that 2 · sqrt(bins) comparisons per pixel and a
    matrix product replace `bins` comparisons.
    """
    edge = int(np.ceil(bins**0.5))
    numbers = graph.sliced(cells, 1, channel, channel + 1)
    high = graph.add("Floor", graph.add("Div", numbers, graph.number(edge)))
    low = graph.add("Sub", numbers, graph.add("Mul", high, graph.number(edge)))
    halves = (add_members(graph, each, 0, edge) for each in (high, low))
    joint = graph.add("Reshape", add_joint_histogram(graph, *halves), graph.integers(0, edge**2, 1))
    return graph.sliced(joint, 1, 0, bins)


def add_scaled_counts(graph: PictureGraph, counts: str, pixels: int, values: str) -> str:
    """Scales counts: not at all (`counts`), to shares of a cell (`shares`), or to their roots (`roots`).

    Shares come from one division of whole numbers, so that all run times have the same bits.
    """
    if values == "counts":
        return counts
    shares = graph.add("Div", counts, graph.number(float(pixels)))
    return graph.add("Sqrt", shares) if values == "roots" else shares
