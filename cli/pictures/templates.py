"""Draws a picture of ink beside the templates that it was compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SHARED, MISSING, SURPLUS = (46, 139, 87), (70, 110, 200), (214, 90, 50)
"""Ink in picture and template; only in the template; only in the picture: RGB."""
_PAPER, _TEXT, _OUTSIDE = (255, 255, 255), (40, 40, 40), (225, 225, 225)
_SIDE_PX, _GAP_PX, _LINE_PX = 192, 16, 22


@dataclass(frozen=True)
class Compared:
    """A template beside a picture.

    Attributes:
        label: Its label.
        probability: Of the label, 0 to 1.
        template: Averaged pictures of the label, 0 to 1, shape (grid, grid).
        ink: The picture, bool, shape (grid, grid).
    """

    label: str
    probability: float
    template: NDArray[np.float32]
    ink: NDArray[np.bool_]

    @property
    def shared(self) -> float:
        """Cells that are ink in both, of the template as far as its pictures have them."""
        return float(self.template[self.ink].sum())

    @property
    def missing(self) -> float:
        """Cells that are ink in the template alone."""
        return float(self.template[~self.ink].sum())

    @property
    def surplus(self) -> float:
        """Cells that are ink in the picture alone."""
        return float((1 - self.template)[self.ink].sum())

    def drawn(self) -> Pixels:
        """Draws agreement and mismatch in colour, uint8, RGB, shape (grid, grid, 3): paler where rarer."""
        share = self.template[..., None].astype(np.float64)
        of_ink = share * SHARED + (1 - share) * SURPLUS
        of_paper = share * MISSING + (1 - share) * _PAPER
        return np.rint(np.where(self.ink[..., None], of_ink, of_paper)).astype(np.uint8)


def drawn_comparison(
    square: Pixels,
    frame: tuple[float, float, float, float],
    grey: NDArray[np.float64],
    templates: Sequence[Compared],
) -> Pixels:
    """Draws the picture, its cells in grey and as ink, then each template, and what agrees.

    Args:
        square: The picture, RGB, shape (side, side, 3).
        frame: Left, top, right and bottom of the cells, in pixels of the square.
        grey: Luma of the cells, 0 to 255, shape (grid, grid); NaN outside the picture.
        templates: One or more, best first.

    Returns:
        RGB, uint8: a row for each template.
    """
    cells = np.where(np.isnan(grey), _OUTSIDE[0], grey).round().astype(np.uint8)
    rows = []
    for each in templates:
        panels = [
            ("picture", _framed(square, frame)),
            ("grey", _large(_three(cells))),
            ("ink", _large(_three(np.where(each.ink, 0, 255).astype(np.uint8)))),
            (f"template {each.label}", _large(_three(np.rint(255 * (1 - each.template)).astype(np.uint8)))),
            (f"{each.shared:.0f} shared, {each.missing + each.surplus:.0f} differ", _large(each.drawn())),
        ]
        rows.append(np.hstack([_captioned(*panel) for panel in panels]))
    return np.vstack(rows)


def _framed(square: Pixels, frame: tuple[float, float, float, float]) -> Pixels:
    drawn, scale = _large(square), _SIDE_PX / len(square)
    left, top, right, bottom = (round(each * scale) for each in frame)
    cv2.rectangle(drawn, (left, top), (right - 1, bottom - 1), SURPLUS, 2)
    return drawn


def _captioned(caption: str, panel: Pixels) -> Pixels:
    height, width = _SIDE_PX + 2 * _GAP_PX + _LINE_PX, _SIDE_PX + 2 * _GAP_PX
    drawn = np.full((height, width, 3), 245, np.uint8)
    drawn[_GAP_PX : _GAP_PX + _SIDE_PX, _GAP_PX : _GAP_PX + _SIDE_PX] = panel
    place = (_GAP_PX, height - _GAP_PX)
    # OpenCV draws no other letters.
    readable = caption.encode("ascii", "replace").decode()
    return np.asarray(
        cv2.putText(drawn, readable, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, _TEXT, 1, cv2.LINE_AA), np.uint8
    )


def _large(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_NEAREST), np.uint8)


def _three(grey: Pixels) -> Pixels:
    return np.repeat(grey[..., None], 3, axis=2)
