"""The uniform background of a picture, such as a product photograph's white or a page's margin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vision.colors.spaces import Colors, from_srgb

# Width of the frame along the edges, as a share of the picture's shorter side.
_FRAME = 0.02
# At least this share of the frame must be of one colour …
_UNIFORM_SHARE = 0.6
# … within this OKLab distance, about 4 ΔE.
_SAME = 0.04
# A palette colour within this OKLab distance of the background is the background.
_BACKGROUND = 0.06
# About so many pixels of the frame are looked at.
_SAMPLED = 2000
_OPAQUE = 128


def background_color(
    pixels: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8] | None = None
) -> Colors | None:
    """Finds the colour of a uniform background along the picture's edges.

    Args:
        pixels: uint8 (H, W, 3), sRGB.
        alpha: uint8 (H, W), or None where all is opaque.

    Returns:
        OKLab (3,), or None when the frame is not of one colour or is mostly transparent.
    """
    frame = _frame(pixels)
    if alpha is not None:
        visible = _frame(alpha) >= _OPAQUE
        if visible.mean() < _UNIFORM_SHARE:
            return None
        frame = frame[visible]
    colors = from_srgb(frame[:: 1 + len(frame) // _SAMPLED], "oklab")
    middle = np.median(colors, axis=0)
    same = ((colors - middle) ** 2).sum(axis=1) <= _SAME**2
    return np.asarray(colors[same].mean(axis=0)) if same.mean() >= _UNIFORM_SHARE else None


def common_background(backgrounds: Sequence[Colors | None]) -> Colors | None:
    """Finds the background that at least half of a collection's pictures share: OKLab (3,), or None."""
    known = [background for background in backgrounds if background is not None]
    if 2 * len(known) < max(1, len(backgrounds)):
        return None
    middle = np.median(known, axis=0)
    near = [background for background in known if ((background - middle) ** 2).sum() <= _BACKGROUND**2]
    return np.asarray(np.mean(near, axis=0)) if 2 * len(near) >= len(backgrounds) else None


def is_background(rgb: npt.ArrayLike, background: Colors | None) -> npt.NDArray[np.bool_]:
    """Marks the colours of a palette that are the background.

    Args:
        rgb: sRGB 0 to 255, shape (k, 3).
        background: Result of `background_color`.

    Returns:
        bool (k,).
    """
    colors = from_srgb(rgb, "oklab")
    if background is None:
        return np.zeros(len(colors), bool)
    return np.asarray(((colors - background) ** 2).sum(axis=1) <= _BACKGROUND**2)


def _frame(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Returns the pixels along the four edges, shape (n, …)."""
    height, width = pixels.shape[:2]
    size = min(max(1, round(_FRAME * min(height, width))), (min(height, width) + 1) // 2)
    parts = pixels[:size], pixels[-size:], pixels[size:-size, :size], pixels[size:-size, -size:]
    return np.concatenate([part.reshape(-1, *pixels.shape[2:]) for part in parts])
