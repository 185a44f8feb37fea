"""Unpacks binary descriptors in a graph, so that Euclidean distance becomes Hamming distance."""

from __future__ import annotations

import numpy as np

from training.graphs.builder import GraphBuilder


def add_bits(graph: GraphBuilder, descriptors: str, dimension: int) -> str:
    """Adds the bits of packed descriptors, the highest of each byte first, as `numpy.unpackbits`.

    Between vectors of zeros and ones the squared Euclidean distance counts the differing bits.

    Args:
        graph: Graph to add to.
        descriptors: Name of whole numbers from 0 to 255, float32, shape (N, dimension).
        dimension: Bytes of a descriptor.

    Returns:
        Name of zeros and ones, float32, shape (N, 8 · dimension).
    """
    axis = graph.constant("bit_axis", [2], np.int64)
    column = graph.add("Unsqueeze", descriptors, axis)
    places = graph.constant("places", 2.0 ** np.arange(7, -1, -1))
    shifted = graph.add("Floor", graph.add("Div", column, places))
    halves = graph.add("Floor", graph.add("Mul", shifted, graph.constant("half", 0.5)))
    lowest = graph.add("Sub", shifted, graph.add("Mul", halves, graph.constant("two", 2.0)))
    return graph.add("Reshape", lowest, graph.constant("bits", [-1, 8 * dimension], np.int64))
