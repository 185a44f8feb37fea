"""Spatial pyramid: Lazebnik, Schmid and Ponce, "Beyond Bags of Features", CVPR 2006, section 3.

A picture is divided into 2^l × 2^l cells for every level l from 0 to L. Sums over descriptors are computed
for the finest cells only; those of larger cells are sums of these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.graphs.builder import GraphBuilder
from vision.extractors.positions import POSITION_SIZE, POSITION_STEPS


@dataclass(frozen=True)
class Pyramid:
    """Cells of all levels, the whole picture first; in a level, row by row.

    Attributes:
        finest: The level L, 0 to 3; 0 is the whole picture alone.
    """

    finest: int

    @property
    def cells(self) -> int:
        """Number of cells in all levels together: (4^(L+1) − 1) / 3."""
        return len(self.levels)

    @property
    def edge(self) -> int:
        """Number of cells along each side in the finest level."""
        return int(2**self.finest)

    @property
    def levels(self) -> NDArray[np.int64]:
        """The level of every cell, shape (cells,)."""
        return np.repeat(np.arange(self.finest + 1), 4 ** np.arange(self.finest + 1))

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of a match in each cell, shape (cells,): 1/2^L in level 0, 1/2^(L−l+1) in level l."""
        return np.asarray(0.5 ** (self.finest - self.levels + (self.levels > 0)), np.float64)

    def repeated(self, values: ArrayLike) -> NDArray[np.float64]:
        """Repeats the rows of words for each finest cell: (K, …) to (edge² · K, …)."""
        return np.tile(np.asarray(values, np.float64), (self.edge**2, 1))

    @property
    def shares(self) -> NDArray[np.float64]:
        """Divides the weight of each level by its number of cells, shape (cells,)."""
        return np.asarray(self.weights / 4.0**self.levels)

    @property
    def parts(self) -> NDArray[np.float32]:
        """Membership of the finest cells in each cell: zeros and ones, shape (cells, edge²)."""
        rows, columns = np.divmod(np.arange(self.edge**2), self.edge)
        made_of = []
        for level in range(self.finest + 1):
            reduction = self.edge // 2**level
            owner = rows // reduction * 2**level + columns // reduction
            made_of.append(owner == np.arange(4**level)[:, None])
        return np.concatenate(made_of).astype(np.float32)


def row_width(dimension: int, pyramid: Pyramid | None) -> int:
    """Returns the elements of a row: those of a descriptor, and with a pyramid its keypoint position."""
    return dimension if pyramid is None else dimension + POSITION_SIZE


def add_parted(graph: GraphBuilder, rows: str, dimension: int, pyramid: Pyramid | None) -> tuple[str, str]:
    """Splits rows into descriptors and positions; the positions' name is empty without a pyramid.

    Args:
        graph: Graph to add to.
        rows: Shape (N, dimension), or (N, dimension + 2) with a pyramid.
        dimension: Elements of a descriptor without its position.
        pyramid: None for rows without positions.
    """
    if pyramid is None:
        return rows, ""
    begin, middle, end = (
        graph.constant(name, [at], np.int64)
        for name, at in (("begin", 0), ("middle", dimension), ("end", row_width(dimension, pyramid)))
    )
    axis = graph.constant("columns", [1], np.int64)
    return graph.add("Slice", rows, begin, middle, axis), graph.add("Slice", rows, middle, end, axis)


def add_finest_members(graph: GraphBuilder, positions: str, pyramid: Pyramid) -> str:
    """Adds the finest cell of every descriptor, one-hot: zeros and ones, shape (N, edge²).

    Positions are whole numbers and the cells' width is a power of two, so all run times agree.
    """
    edge = pyramid.edge
    numbers = graph.add("Floor", graph.add("Div", positions, graph.constant("width", POSITION_STEPS // edge)))
    # A descriptor is in a cell if it is in the cell's column and in its row.
    asked = np.stack(np.divmod(np.arange(edge**2), edge)[::-1])
    inside = []
    for axis, name in enumerate(("across", "down")):
        ends = [graph.constant(f"{name}.{at}", [axis + at], np.int64) for at in (0, 1)]
        number = graph.add("Slice", numbers, *ends, graph.constant("columns", [1], np.int64))
        same = graph.add("Equal", number, graph.constant(name, asked[axis][None]))
        inside.append(graph.add("Cast", same, to=1))
    return graph.add("Mul", *inside)


def add_larger_cells(graph: GraphBuilder, sums: str, pyramid: Pyramid | None, size: int) -> str:
    """Adds the sums of all cells from those of the finest, for sums that are linear in the descriptors.

    Args:
        graph: Graph to add to.
        sums: Shape (edge² · K, size).
        pyramid: None and one cell alone leave the sums as they are.
        size: Elements of a sum.

    Returns:
        Shape (cells · K, size).
    """
    if pyramid is None or not pyramid.finest:
        return sums
    wide = graph.add("Reshape", sums, graph.constant("finest", [pyramid.edge**2, -1], np.int64))
    added = graph.add("MatMul", graph.constant("parts", pyramid.parts), wide)
    return graph.add("Reshape", added, graph.constant("all_cells", [-1, size], np.int64))


def add_cell_numbers(
    graph: GraphBuilder, words: str, positions: str, pyramid: Pyramid | None, count: int
) -> str:
    """Adds one number for the finest cell and the word of each descriptor: cell · K + word, shape (N,).

    Args:
        graph: Graph to add to.
        words: Number of each descriptor's word, as a float, shape (N,).
        positions: Shape (N, 2), 0 to 255.
        pyramid: None and one cell alone leave the numbers as they are.
        count: K.
    """
    if pyramid is None or not pyramid.finest:
        return words
    width = graph.constant("width", POSITION_STEPS // pyramid.edge)
    column_and_row = graph.add("Floor", graph.add("Div", positions, width))
    steps = graph.constant("steps", [[count], [pyramid.edge * count]])
    cells = graph.add(
        "Squeeze", graph.add("MatMul", column_and_row, steps), graph.constant("one", [1], np.int64)
    )
    return graph.add("Add", words, cells)


def add_cell_words(
    graph: GraphBuilder, words: str, positions: str, pyramid: Pyramid | None, count: int
) -> str:
    """Adds the share of every word in each descriptor, apart for every finest cell, shape (N, edge² · K).

    Args:
        graph: Graph to add to.
        words: Shape (N, K).
        positions: Shape (N, 2), 0 to 255.
        pyramid: None and one cell alone leave the words as they are.
        count: K.
    """
    if pyramid is None or not pyramid.finest:
        return words
    members = add_finest_members(graph, positions, pyramid)
    each_cell = graph.add("Unsqueeze", members, graph.constant("third", [2], np.int64))
    each_word = graph.add("Unsqueeze", words, graph.constant("second", [1], np.int64))
    both = graph.add("Mul", each_cell, each_word)
    # A count that may be 0 cannot be left to -1.
    return graph.add("Reshape", both, graph.constant("flat_cells", [0, pyramid.edge**2 * count], np.int64))
