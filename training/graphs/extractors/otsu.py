"""Otsu's threshold, "A Threshold Selection Method from Gray-Level Histograms", IEEE Trans. SMC 9(1), 1979."""

from __future__ import annotations

import numpy as np

from training.graphs.extractors.picture import PictureGraph

_LEVELS = 256


def add_otsu(graph: PictureGraph, luma: str, pixels: int) -> str:
    """Adds the level that maximises the variance between pixels up to it and above it; shape (1, 1).

    Args:
        graph: Graph to add to.
        luma: Whole numbers from 0 to 255.
        pixels: How many there are.
    """
    levels = np.arange(_LEVELS, dtype=np.float32)
    below = graph.as_float(
        graph.add("LessOrEqual", graph.reshaped(luma, 1, pixels), graph.number(levels[:, None]))
    )
    dark = graph.total(below, 1)
    dark_sum = graph.total(graph.add("Mul", below, luma), 1)
    light = graph.add("Sub", graph.number(float(pixels)), dark)
    light_sum = graph.add("Sub", graph.total(luma, 1), dark_sum)
    one = graph.number(1)
    apart = graph.add(
        "Sub",
        graph.add("Div", dark_sum, graph.add("Max", dark, one)),
        graph.add("Div", light_sum, graph.add("Max", light, one)),
    )
    between = graph.add("Mul", graph.add("Mul", dark, light), graph.add("Mul", apart, apart))
    best = graph.add("ArgMax", between, axis=0, keepdims=1)
    return graph.add("Cast", best, to=1)
