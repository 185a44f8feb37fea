"""HOG cells and LBP codes of a grey picture, as the graph extractors of these names define them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_POINTS: Final = 8


def hog_cells(gray: NDArray[np.uint8], cell_px: int, orientations: int = 9) -> NDArray[np.float32]:
    """Computes histograms of gradient directions in cells: Dalal and Triggs, CVPR 2005, section 6.3.

    Args:
        gray: uint8, shape (H, W).
        cell_px: Side of a cell; what remains at the right and at the bottom is left out.
        orientations: Number of directions from 0° to below 180°.

    Returns:
        Shape (rows, columns, orientations), float32: the mean length of the gradients of each direction.
    """
    values = gray.astype(np.float64)
    right, down = np.zeros_like(values), np.zeros_like(values)
    right[:, 1:-1] = values[:, 2:] - values[:, :-2]
    down[1:-1] = values[2:] - values[:-2]
    angle = np.arctan2(down, right) % np.pi
    number = np.minimum((angle * orientations / np.pi).astype(int), orientations - 1)
    length = np.hypot(right, down)
    rows, columns = (side // cell_px for side in gray.shape)
    parted = np.stack([np.where(number == each, length, 0) for each in range(orientations)], axis=-1)
    cut = parted[: rows * cell_px, : columns * cell_px]
    cells = cut.reshape(rows, cell_px, columns, cell_px, orientations).mean(axis=(1, 3))
    return np.asarray(cells, np.float32)


def lbp_codes(gray: NDArray[np.uint8], radius_px: int = 1) -> NDArray[np.uint8]:
    """Computes the local binary pattern of every pixel: Ojala et al., PAMI 24(7), 2002, equation 9.

    Bit p is 1 where the point at p · 45°, counted from the right and upwards, is at least as light as the
    pixel. Points are interpolated linearly on 256ths of a pixel; beyond the edge pixels are repeated.

    Args:
        gray: uint8, shape (H, W).
        radius_px: Radius of the circle.

    Returns:
        Shape (H, W), uint8: 0 to 255.

    >>> lbp_codes(np.array([[9, 9, 9], [0, 5, 0], [0, 0, 0]], np.uint8))[1, 1]
    np.uint8(14)
    """
    height, width = gray.shape
    margin = radius_px + 1
    padded = np.pad(gray.astype(np.float64), margin, mode="edge")
    codes = np.zeros(gray.shape, np.uint8)
    for point in range(_POINTS):
        angle = 2 * np.pi * point / _POINTS
        y = np.round(256 * (margin - radius_px * np.sin(angle))) / 256
        x = np.round(256 * (margin + radius_px * np.cos(angle))) / 256
        row, column = int(y), int(x)
        down, right = y - row, x - column

        def shifted(rows: int, columns: int) -> NDArray[np.float64]:
            return padded[rows : rows + height, columns : columns + width]

        upper = (1 - right) * shifted(row, column) + right * shifted(row, column + 1)
        lower = (1 - right) * shifted(row + 1, column) + right * shifted(row + 1, column + 1)
        lighter = (1 - down) * upper + down * lower >= gray
        codes |= (lighter.astype(np.uint8) << point).astype(np.uint8)
    return codes
