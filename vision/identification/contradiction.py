"""Whether a photo contradicts a work in a place: it agrees all around, and shows something else there.

A second version of a motif agrees with the first one in as many points as the work itself, and looks alike
nearly everywhere: no number over all of it tells them apart. A place does, whose structure the photo shows
neither there nor close by. What else takes structure away is let off: things in front of a work reach its
border, light on its glass only brightens, frames and boxes are seen from another side near the border, and
where the rest of a work hardly agrees, no place stands out.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.identification.comparison import Comparison, Floats, Mask, blurred, compare, padded, smooth_gray
from vision.identification.reference import Reference

LEAST_CONTRADICTION: Final = 600.0
"""Contrast that is missing, in grey levels times pixels of a preview. Of 90 photographs of a museum less than
300 where the work was there, 7,900 and more where another version of it was."""
_DIFFERS: Final = 0.5
_AGREES: Final = 0.7
_THICK_PX: Final = 7
"""Edges that are a little off make thin places."""
_CLOSE_BY_PX: Final = 5
_FRAME_PX: Final = 10
"""Mean distance from the border of places that may be a frame, a mount or the side of a box."""
_LEAST_AROUND: Final = 0.6
_AROUND: Final = 0.1
_LEAST_PIXELS: Final = 50
_COVERED: Final = 0.25
_OTHER_COLOR: Final = 4.0
_SPECK_PX: Final = 5
_AT_BORDER_PX: Final = 3.0
_BRIGHTENED: Final = 0.85
_WHITE: Final = 250
_GLARE: Final = 0.2
_CLEARLY_OFF: Final = 2.5
"""Of simulated photographs without anything in front at most 2.0, also where blur takes structure away."""


def contradiction(
    pixels: NDArray[np.uint8], outline: NDArray[np.float64], width_px: int, reference: Reference
) -> float:
    """Measures the strongest contradiction between a photo and a work that agrees with it.

    Args:
        pixels: The photo, RGB, uint8, shape (height, width, 3), perhaps reduced.
        outline: Shape (4, 2): the reference's corners in pixels of the photo as sent.
        width_px: Width of the photo as sent.
        reference: The reference.

    Returns:
        Contrast that is missing in one place; 0 where it is less than `LEAST_CONTRADICTION`.
    """
    compared = compare(pixels, outline, width_px, reference)
    places = _opened(compared.has_structure & (compared.correlation < _DIFFERS), _THICK_PX)
    count, labels = cv2.connectedComponents(places.astype(np.uint8), connectivity=8)
    found = [(_missing(compared, labels == label), label) for label in range(1, count)]
    strong = sorted((each for each in found if each[0] >= LEAST_CONTRADICTION), reverse=True)
    agrees = compared.has_structure & (compared.correlation > _AGREES)
    if not strong or agrees.sum() < _LEAST_PIXELS:
        return 0.0
    off = _off_in_color(compared, agrees)
    in_front = _in_front(compared, off, places)
    for missing, label in strong:
        place = labels == label
        if in_front[place].mean() < _COVERED and _is_other(compared, off, place):
            return missing
    return 0.0


def _missing(compared: Comparison, place: Mask) -> float:
    """Returns how much structure of a place the photo shows neither there nor close by."""
    contrast = compared.contrast[place]
    if np.average(compared.from_border[place], weights=contrast) < _FRAME_PX:
        return 0.0
    if _agreement_around(compared, place) < _LEAST_AROUND:
        return 0.0
    left, top, width, height = cv2.boundingRect(place.astype(np.uint8))
    rows = slice(max(0, top - 2), top + height + 2)
    columns = slice(max(0, left - 2), left + width + 2)
    part = np.ascontiguousarray(smooth_gray(compared.preview)[rows, columns])
    around = padded(compared.unmoved, _CLOSE_BY_PX)[
        rows.start : rows.start + part.shape[0] + 2 * _CLOSE_BY_PX,
        columns.start : columns.start + part.shape[1] + 2 * _CLOSE_BY_PX,
    ]
    likeness = float(np.nan_to_num(cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)).max())
    return float(contrast.sum()) * max(0.0, _AGREES - likeness)


def _agreement_around(compared: Comparison, place: Mask) -> float:
    """Returns the correlation that nine tenths of the structure elsewhere reach."""
    near = cv2.dilate(place.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    rest = compared.has_structure & ~near
    if not rest.any():
        return 0.0
    correlation, weight = compared.correlation[rest], compared.contrast[rest]
    order = np.argsort(correlation)
    total = np.cumsum(weight[order])
    return float(correlation[order][np.searchsorted(total, _AROUND * total[-1])])


def _off_in_color(compared: Comparison, agrees: Mask) -> Floats:
    """Returns how far the photo is from the work under its light, in deviations of where both agree.

    The light is a gain that changes linearly over the picture, and an offset, of each channel.
    """
    height, width = agrees.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    off = []
    for channel in range(3):
        own, seen = (blurred(each[..., channel], 1.5) for each in (compared.preview, compared.seen))
        terms = np.stack(
            [own, own * (columns / width - 0.5), own * (rows / height - 0.5), np.ones_like(own)], -1
        )
        used = agrees
        for _ in range(2):
            x, y = terms[used].astype(np.float64), seen[used].astype(np.float64)
            light = np.linalg.solve(x.T @ x + 1e-3 * np.eye(4), x.T @ y)
            error = seen - terms @ light.astype(np.float32)
            deviation = 1.48 * float(np.median(np.abs(error[agrees]))) + 2
            trimmed = agrees & (np.abs(error) < 2.5 * deviation)
            used = trimmed if trimmed.sum() >= _LEAST_PIXELS else agrees
        off.append(error / deviation)
    return np.stack(off, -1)


def _in_front(compared: Comparison, off: Floats, places: Mask) -> Mask:
    """Marks what is in front of the work: of other colours or structure, as far as its border."""
    other = _opened((np.abs(off).max(-1) > _OTHER_COLOR) & (compared.from_border > 0), _SPECK_PX)
    core = cv2.erode(places.astype(np.uint8), _disc(_THICK_PX), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    joined = other | (core > 0)
    _, labels = cv2.connectedComponents(joined.astype(np.uint8), connectivity=8)
    reaching = np.unique(labels[joined & (compared.from_border <= _AT_BORDER_PX)])
    return np.asarray(np.isin(labels, reaching) & joined)


def _is_other(compared: Comparison, off: Floats, place: Mask) -> bool:
    """Tells whether a place is clearly not what the work shows: neither blurred nor under some light."""
    is_white = compared.seen[place].max(axis=-1) >= _WHITE
    is_brighter = off[place].mean(axis=-1) > 0
    if is_white.mean() > _GLARE or is_brighter.mean() > _BRIGHTENED:
        return False
    return float(np.abs(off[place]).max(axis=-1).mean()) >= _CLEARLY_OFF


def _opened(mask: Mask, diameter_px: int) -> Mask:
    opened = cv2.morphologyEx(
        mask.astype(np.uint8),
        cv2.MORPH_OPEN,
        _disc(diameter_px),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(opened > 0)


def _disc(diameter_px: int) -> NDArray[np.uint8]:
    size = (diameter_px, diameter_px)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), np.uint8)
