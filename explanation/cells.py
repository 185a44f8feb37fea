"""HOG cells and LBP codes."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.keypoints import draw_line
from drawing.pictures import Pixels, dimmed, fitted
from drawing.plot import ACCENT, finished, new_axes
from explanation.part import Part, picture_drawing, plot_drawing
from explanation.pixels import SHOWN_SIDE_PX
from vision.inspection.cells import hog_cells, lbp_codes
from vision.inspection.gray import luma

_CELLS: Final = 16
"""Along the longer side."""
_YELLOW: Final = (255, 210, 60)


def cells_part(pixels: Pixels) -> Part:
    """Draws the directions of each HOG cell, and the LBP code of each pixel with its histogram."""
    gray = luma(pixels)
    cell_px = max(2, max(gray.shape) // _CELLS)
    cells = hog_cells(gray, cell_px)
    codes = lbp_codes(gray)
    counts = np.bincount(codes.ravel(), minlength=256)
    rows, columns, orientations = cells.shape
    figure, axes = new_axes(5.2, 2.6)
    axes.stairs(counts / codes.size, np.arange(257), fill=True, color=ACCENT, alpha=0.7)
    axes.set_xlim(0, 256)
    axes.set_xlabel("code")
    axes.set_ylabel("share of the pixels")
    common = int(counts.argmax())
    plot = finished(figure, "lbp_histogram", f"Shares of the 256 codes; the most common is {common}")
    drawings = (
        picture_drawing(
            "hog",
            _with_directions(pixels, cells, cell_px),
            f"HOG: {columns} × {rows} cells of {cell_px} pixels",
        ),
        picture_drawing("lbp", fitted(codes, SHOWN_SIDE_PX), "LBP: the code of each pixel as a grey value"),
        plot_drawing(plot, "How often each code occurs"),
    )
    words = (
        f"HOG counts in every cell how strongly grey values change in each of {orientations} directions; "
        "lines run along the edges, the lighter the stronger. LBP compares each pixel with its eight "
        "neighbours: a bit is 1 where the neighbour is at least as light, which makes a code from 0 to 255.",
    )
    facts = {
        "hog": {"cell_px": cell_px, "cells": np.round(cells, 3).tolist()},
        "lbp": {"radius_px": 1, "counts": counts.tolist()},
    }
    return Part("cells", "HOG and LBP", words, drawings, facts)


def _with_directions(pixels: Pixels, cells: NDArray[np.float32], cell_px: int) -> Pixels:
    """Draws a line along the edge for each direction of each cell, as light as it is strong."""
    factor = SHOWN_SIDE_PX / max(pixels.shape[:2])
    drawn = dimmed(dimmed(fitted(pixels, SHOWN_SIDE_PX)))
    layer = drawn.copy()
    orientations = cells.shape[2]
    strongest = max(1e-6, float(np.quantile(cells, 0.99)))
    half = 0.46 * cell_px * factor
    for row, column, direction in np.argwhere(cells > 0.15 * strongest):
        share = min(1.0, float(cells[row, column, direction]) / strongest)
        # A gradient is at right angles to the edge.
        angle = (direction + 0.5) * np.pi / orientations + np.pi / 2
        x, y = ((each + 0.5) * cell_px * factor for each in (column, row))
        across, down = half * np.cos(angle), half * np.sin(angle)
        shade = tuple(round(share * each) for each in _YELLOW)
        draw_line(layer, (x - across, y - down), (x + across, y + down), (shade[0], shade[1], shade[2]))
    return np.asarray(cv2.max(drawn, layer), np.uint8)
