"""A work and what a photo shows of it, compared window by window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.identification.flattened import flattened
from vision.identification.reference import Reference, preview_pixels

_SIGMA_PX: Final = 3.0
"""Of a window."""
_NOISE: Final = 4.0
"""Variance that is not structure."""
_REGION_PX: Final = 6.0
_REGION_REACH_PX: Final = 2
"""How far a region may be off; region and reach at half the size."""
_REACH_PX: Final = 1
"""How far a window may be off within its region."""
_LEAST_CONTRAST: Final = 8.0

Floats: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """The preview of a work and what a photo shows of it, both flat and of one size.

    Attributes:
        preview: RGB, float32, shape (height, width, 3).
        seen: The same of the photo, every region moved to where it agrees best.
        unmoved: Grey and smoothed: the photo as the outline has it.
        contrast: Of each window of the preview, shape (height, width).
        correlation: Of the windows, -1 to 1.
        has_structure: Where a window of the preview has structure, within the photo.
        from_border: Distance from the nearest place outside of the outline or the photo, in pixels.
    """

    preview: Floats
    seen: Floats
    unmoved: Floats
    contrast: Floats
    correlation: Floats
    has_structure: Mask
    from_border: Floats


def compare(
    pixels: NDArray[np.uint8], outline: NDArray[np.float64], width_px: int, reference: Reference
) -> Comparison:
    """Compares a reference with what lies within its outline.

    Args:
        pixels: The photo, RGB, uint8, shape (height, width, 3), perhaps reduced.
        outline: Shape (4, 2): the reference's corners in pixels of the photo as sent.
        width_px: Width of the photo as sent.
        reference: The reference.
    """
    preview = preview_pixels(reference.preview)
    height, width = preview.shape[:2]
    flat, visible = flattened(pixels, outline, width_px, (width, height))
    own, unmoved = smooth_gray(preview), smooth_gray(flat)
    across, down = _moves(own, unmoved)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    seen = cv2.remap(flat, columns + across, rows + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    moved = np.asarray(seen, np.uint8)
    correlations, contrast = _correlations(own, smooth_gray(moved), _SIGMA_PX, _REACH_PX)
    inner = cv2.copyMakeBorder(visible.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return Comparison(
        preview=preview.astype(np.float32),
        seen=moved.astype(np.float32),
        unmoved=unmoved,
        contrast=contrast,
        correlation=correlations.max(axis=0),
        has_structure=visible & (contrast >= _LEAST_CONTRAST),
        from_border=np.asarray(cv2.distanceTransform(inner, cv2.DIST_L2, 5), np.float32)[1:-1, 1:-1],
    )


def smooth_gray(pixels: NDArray[np.uint8] | Floats) -> Floats:
    """Returns the grey values of a small picture, smoothed by a pixel; float32, shape (height, width)."""
    return blurred(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32), 1.0)


def blurred(values: Floats, sigma_px: float) -> Floats:
    """Returns Gaussian means, cut off at three standard deviations."""
    side = 2 * round(3 * sigma_px) + 1
    return np.asarray(cv2.GaussianBlur(values, (side, side), sigma_px), np.float32)


def padded(values: Floats, edge_px: int) -> Floats:
    """Returns values with their mirror around them."""
    border = cv2.copyMakeBorder(values, edge_px, edge_px, edge_px, edge_px, cv2.BORDER_REFLECT_101)
    return np.asarray(border, np.float32)


def _moves(own: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Returns how far off every region is, across and down; an outline is exact to a few pixels."""
    height, width = own.shape
    size = (max(1, width // 2), max(1, height // 2))
    first, second = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in (own, seen)
    )
    correlations, contrast = _correlations(first, second, _SIGMA_PX / 2 + 0.5, _REGION_REACH_PX)
    best = np.stack([blurred(each * contrast, _REGION_PX) for each in correlations]).argmax(axis=0)
    down, across = (
        np.asarray(cv2.resize(2 * (each - _REGION_REACH_PX).astype(np.float32), (width, height)), np.float32)
        for each in np.divmod(best, 2 * _REGION_REACH_PX + 1)
    )
    return across, down


def _correlations(first: Floats, second: Floats, sigma_px: float, reach_px: int) -> tuple[Floats, Floats]:
    """Correlates windows of two pictures of one size for every shift of the second one.

    Returns:
        Shape (shifts, height, width), row by row of shifts, and the contrast of the first one's windows.
    """
    height, width = first.shape
    edge = round(3 * sigma_px)
    a, b = padded(first, edge), padded(second, edge + reach_px)
    mean_a, mean_b = blurred(a, sigma_px), blurred(b, sigma_px)
    variance_a = np.maximum(blurred(a * a, sigma_px) - mean_a * mean_a, 0) + _NOISE
    variance_b = np.maximum(blurred(b * b, sigma_px) - mean_b * mean_b, 0) + _NOISE
    inner = np.s_[edge : edge + height, edge : edge + width]
    found = []
    for down in range(2 * reach_px + 1):
        for across in range(2 * reach_px + 1):
            there = np.s_[down : down + height + 2 * edge, across : across + width + 2 * edge]
            covariance = blurred(a * b[there], sigma_px) - mean_a * mean_b[there]
            found.append((covariance / np.sqrt(variance_a * variance_b[there]))[inner])
    return np.stack(found), np.sqrt(variance_a - _NOISE)[inner]
