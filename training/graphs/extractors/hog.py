"""HOG: Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, section 6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from training.graphs.extractors.extractor import GraphExtractor
from training.graphs.extractors.picture import PictureGraph, add_rounded_luma
from vision.errors import InvalidExtractorParameter
from vision.extractors.parameters import ranged

_CLIP = 0.2
_EPSILON = 1e-5


@dataclass(frozen=True)
class Hog(GraphExtractor):
    """Histograms of unsigned gradient directions in cells, normalised in overlapping blocks (L2-Hys)."""

    name: ClassVar[str] = "hog"
    description: ClassVar[str] = "Gradient directions in cells and blocks (Dalal and Triggs, CVPR 2005)."

    side_px: int = ranged(128, 16, 1024)
    cell_px: int = ranged(16, 2, 128)
    block_cells: int = ranged(2, 1, 8)
    orientations: int = ranged(9, 2, 36)

    def __post_init__(self) -> None:
        if self._cells < self.block_cells:
            problem = f"leaves {self._cells} cells a side, and a block has {self.block_cells}"
            raise InvalidExtractorParameter(self.name, "cell_px", problem)

    @property
    def _cells(self) -> int:
        return self.side_px // self.cell_px

    @property
    def _blocks(self) -> int:
        return self._cells - self.block_cells + 1

    @property
    def dimension(self) -> int:
        """Number of blocks times cells of a block times orientations."""
        return (self._blocks * self.block_cells) ** 2 * self.orientations

    def described(self, graph: PictureGraph, planes: str) -> str:
        """Adds gradients, cells and blocks: block by block, in it cell by cell, in it by direction."""
        cells = graph.add(
            "Transpose", self._add_cells(graph, add_rounded_luma(graph, planes)), perm=[0, 2, 3, 1]
        )
        for axis in (2, 1):
            shifted = [
                graph.sliced(cells, axis, each, each + self._blocks) for each in range(self.block_cells)
            ]
            cells = graph.add("Concat", *shifted, axis=3)
        rows = graph.reshaped(cells, self._blocks**2, self.block_cells**2 * self.orientations)
        clipped = graph.add("Min", _add_unit_length(graph, rows), graph.number(_CLIP))
        return graph.reshaped(_add_unit_length(graph, clipped), 1, self.dimension)

    def _add_cells(self, graph: PictureGraph, luma: str) -> str:
        """Adds the mean gradient magnitude of each direction and cell: (1, orientations, cells, cells).

        Direction o has the angles from o · 180° / n to below those of the next. A gradient turned into the
        upper half plane has an angle of at least a where cos a · g_y − sin a · g_x ≥ 0; it belongs to the
        direction of which it passes the lower limit and not the upper one.
        """
        used = self._cells * self.cell_px
        gradients = _add_gradients(graph, luma, self.side_px)
        energy = graph.total(graph.add("Mul", gradients, gradients), 1)
        magnitude = graph.add("Sqrt", energy)
        limits = np.arange(1, self.orientations) * np.pi / self.orientations
        crossing = graph.linear_map(gradients, np.stack([-np.sin(limits), np.cos(limits)], axis=1))
        # Directions are unsigned: gradients that point down are turned round; horizontal ones have angle 0.
        vertical = graph.sliced(gradients, 1, 1, 2)
        upwards = graph.add("Where", graph.add("Less", vertical, graph.number(0)), *_signs(graph))
        level = graph.as_float(graph.add("Equal", vertical, graph.number(0)))
        passed = graph.as_float(
            graph.add("GreaterOrEqual", graph.add("Mul", crossing, upwards), graph.number(0))
        )
        beyond = graph.add("Mul", passed, graph.add("Sub", graph.number(1), level))
        reached = graph.add("Concat", magnitude, graph.add("Mul", beyond, magnitude), axis=1)
        for axis in (2, 3):
            reached = graph.sliced(reached, axis, 0, used)
        edge = [self.cell_px, self.cell_px]
        pooled = graph.add("AveragePool", reached, kernel_shape=edge, strides=edge)
        last = graph.sliced(pooled, 1, self.orientations - 1, self.orientations)
        lower = graph.sliced(pooled, 1, 0, self.orientations - 1)
        upper = graph.sliced(pooled, 1, 1, self.orientations)
        return graph.add("Concat", graph.add("Sub", lower, upper), last, axis=1)


def _signs(graph: PictureGraph) -> tuple[str, str]:
    return graph.number(-1), graph.number(1)


def _add_gradients(graph: PictureGraph, luma: str, side: int) -> str:
    """Adds central differences to the right and down, zero in the picture's outermost lines: (1, 2, s, s)."""

    def difference(axis: int) -> str:
        inner = graph.add("Sub", graph.sliced(luma, axis, 2, side), graph.sliced(luma, axis, 0, side - 2))
        margins = [0, 0, 0, 0]
        margins[axis] = 1
        return graph.add("Pad", inner, graph.integers(*margins, *margins))

    return graph.add("Concat", difference(3), difference(2), axis=1)


def _add_unit_length(graph: PictureGraph, rows: str) -> str:
    energy = graph.total(graph.add("Mul", rows, rows), 1)
    return graph.add("Div", rows, graph.add("Sqrt", graph.add("Add", energy, graph.number(_EPSILON**2))))
