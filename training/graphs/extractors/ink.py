"""Ink of a sign as a small grid, centred and scaled: digits, letters, stamps, logos on plain paper.

Frames by moments: Casey, "Moment Normalization of Handprinted Characters", IBM J. Res. Dev. 14(5), 1970; with
half of the aspect kept, as in Liu et al., "Handwritten digit recognition: investigation of normalization and
feature extraction techniques", Pattern Recognition 37(2), 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.otsu import add_otsu
from training.graphs.extractors.picture import PictureGraph, add_rounded_luma
from vision.errors import InvalidExtractorParameter
from vision.extractors.parameters import choice, ranged, switch

_HALF = 127.0
"""Levels up to it are below half of 255."""
_STEPS = 64.0
"""Edges of cells lie at these parts of a pixel, so that all areas are exact in single precision."""
_LEAST_SPREAD = 0.5


@dataclass(frozen=True)
class Ink(GraphExtractor):
    """1 where a cell is mostly ink, 0 where it is paper, row by row.

    Attributes:
        grid: Cells of a side.
        centre: Whether the grid covers the ink alone, wherever it is and however large; else the whole
            picture.
        window: Half of the grid's side, in standard deviations of the ink around its centre.
        threshold: Between dark and light: `otsu` finds it in each picture, `half` is half of white.
        counts: What is ink: `auto` takes what is dark on light paper and light on dark paper, told by the
            picture's edge.
    """

    name: ClassVar[str] = "ink"
    description: ClassVar[str] = (
        "Ink against paper in a small grid, centred and scaled by its moments (Casey, IBM J. Res. Dev. 1970)."
    )

    side_px: int = ranged(64, 16, 256)
    grid: int = ranged(32, 4, 128)
    centre: bool = switch(True)
    window: float = ranged(2.0, 1.0, 4.0)
    threshold: str = choice("otsu", "half")
    counts: str = choice("auto", "dark", "light")

    def __post_init__(self) -> None:
        if not self.centre and self.side_px % self.grid:
            problem = f"divides side_px ({self.side_px}) without centre, which {self.grid} does not"
            raise InvalidExtractorParameter(self.name, "grid", problem)

    @property
    def dimension(self) -> int:
        """Number of cells."""
        return int(self.grid) ** 2

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds luma, the threshold, the frame of the ink, and the cells."""
        return self.parts_of(graph, planes)[-1]

    def parts_of(self, graph: PictureGraph, planes: str) -> tuple[str, str, str]:
        """Adds the extractor; returns two matrices (grid, side) from pixels to cells, and the cells.

        The first sums rows of pixels, the second columns, each pixel by the part of it in the cell.
        """
        luma = add_rounded_luma(graph, planes)
        ink = self._add_ink(graph, graph.reshaped(luma, 1, self.side_px**2))
        rows, columns = self._add_frame(graph, ink)
        upright = graph.add("Transpose", columns, perm=[1, 0])
        covered = graph.add("MatMul", graph.add("MatMul", rows, ink), upright)
        height, width = (_total_of(graph, each, 1) for each in (rows, columns))
        areas = graph.add("Mul", graph.reshaped(height, self.grid, 1), graph.reshaped(width, 1, self.grid))
        mostly = _add_greater(graph, graph.add("Add", covered, covered), areas)
        return rows, columns, graph.reshaped(mostly, 1, self.dimension)

    def _add_frame(self, graph: PictureGraph, ink: str) -> tuple[str, str]:
        """Adds the two matrices of the grid over ink (1) and paper (0), (side, side)."""
        if not self.centre:
            even = np.linspace(0, self.side_px, self.grid + 1, dtype=np.float32)
            edges = graph.number(even)
            return (self._add_cells(graph, edges), self._add_cells(graph, edges))
        down, across = (self._add_moments(graph, _total_of(graph, ink, axis)) for axis in (1, 0))
        longer = graph.add("Max", down[1], across[1])
        return (
            self._add_cells(graph, self._add_edges(graph, *down, longer)),
            self._add_cells(graph, self._add_edges(graph, *across, longer)),
        )

    def _add_ink(self, graph: PictureGraph, luma: str) -> str:
        """Adds 1 for ink and 0 for paper, (side, side), from luma (1, pixels)."""
        side = self.side_px
        limit = graph.number([[_HALF]]) if self.threshold == "half" else add_otsu(graph, luma, side**2)
        light = _add_greater(graph, graph.reshaped(luma, side, side), limit)
        if self.counts == "light":
            return light
        if self.counts == "dark":
            return graph.add("Sub", graph.number(1.0), light)
        edge = np.ones((side, side), np.float32)
        edge[1:-1, 1:-1] = 0
        lit = graph.total(graph.add("Mul", light, graph.number(edge)), 0, 1)
        paper_is_light = _add_greater(graph, lit, graph.number([[float(edge.sum()) / 2]]))
        return graph.add("Abs", graph.add("Sub", paper_is_light, light))

    def _add_moments(self, graph: PictureGraph, profile: str) -> tuple[str, str]:
        """Adds centre and standard deviation of the ink along one axis, (1,) each, in pixels."""
        places = np.arange(self.side_px, dtype=np.float32) + 0.5
        total = graph.add("ReduceSum", profile, graph.integers(0), keepdims=1)
        # Without any ink, the whole picture counts.
        empty = graph.add("Relu", graph.add("Sub", graph.number([1.0]), total))
        weight = graph.add("Add", profile, empty)
        mass = graph.add("ReduceSum", weight, graph.integers(0), keepdims=1)
        moment = graph.add(
            "ReduceSum", graph.add("Mul", weight, graph.number(places)), graph.integers(0), keepdims=1
        )
        centre = graph.add("Div", moment, mass)
        away = graph.add("Sub", graph.number(places), centre)
        spread = graph.add(
            "ReduceSum", graph.add("Mul", weight, graph.add("Mul", away, away)), graph.integers(0), keepdims=1
        )
        least = graph.number([_LEAST_SPREAD**2])
        return centre, graph.add("Sqrt", graph.add("Max", graph.add("Div", spread, mass), least))

    def _add_edges(self, graph: PictureGraph, centre: str, spread: str, longer: str) -> str:
        """Adds the edges of the cells along one axis, (grid + 1,), in pixels."""
        # The geometric mean of its own spread and the longer one keeps half of the aspect.
        kept = graph.add("Sqrt", graph.add("Mul", spread, longer))
        steps = np.linspace(-self.window, self.window, self.grid + 1, dtype=np.float32)
        edges = graph.add("Add", centre, graph.add("Mul", kept, graph.number(steps)))
        scale = graph.number(_STEPS)
        return graph.add("Div", graph.rounded(graph.add("Mul", edges, scale)), scale)

    def _add_cells(self, graph: PictureGraph, edges: str) -> str:
        """Adds the part of each pixel that lies in each cell, (grid, side)."""
        places = np.arange(self.side_px, dtype=np.float32)
        first = graph.reshaped(graph.sliced(edges, 0, 0, self.grid), self.grid, 1)
        last = graph.reshaped(graph.sliced(edges, 0, 1, self.grid + 1), self.grid, 1)
        ends = graph.add("Min", last, graph.number(places + 1))
        return graph.add("Relu", graph.add("Sub", ends, graph.add("Max", first, graph.number(places))))


def _total_of(graph: PictureGraph, values: str, axis: int) -> str:
    """Adds sums along one axis of a matrix, as a vector."""
    return graph.add("ReduceSum", values, graph.integers(axis), keepdims=0)


def _add_greater(graph: PictureGraph, one: str, other: str) -> str:
    return graph.as_float(graph.add("Greater", one, other))
