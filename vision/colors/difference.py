"""The colour difference CIEDE2000 for arrays.

coloraide computes it for one pair at a time, which is too slow for merging colours and for comparing
palettes; tests compare this implementation with coloraide's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vision.colors.spaces import Colors, from_srgb


def ciede2000(first: Colors, second: Colors) -> npt.NDArray[np.float64]:
    """Computes the colour difference CIEDE2000 with all weights 1.

    Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", Color Research & Application 30(1), 2005,
    equations 2 to 22.

    Args:
        first: CIE L*a*b*, shape (..., 3).
        second: CIE L*a*b*, shape (..., 3), broadcast against `first`.

    Returns:
        Differences, at least 0, shape of the broadcast without its last axis. About 1 is just noticeable.

    >>> round(float(ciede2000(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485]))), 4)
    2.0425
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)

    # Equations 2 to 7: chroma and hue, with a* stretched for colours of low chroma.
    stretch = 1.5 - 0.5 * _chroma_weight((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    c1, c2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    h2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360

    # Equations 8 to 11: the differences; a grey has no hue to differ in.
    grey = c1 * c2 == 0
    hue_step = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(hue_step / 2))
    # Equations 12 to 21: the means, the weighting functions and the rotation for blues.
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = np.where(grey, h1 + h2, _mean_hue(h1, h2))

    hue_tone = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    s_lightness = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_chroma = 1 + 0.045 * chroma
    s_hue = 1 + 0.015 * chroma * hue_tone
    turn = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * _chroma_weight(chroma) * np.sin(turn)

    # Equation 22.
    parts = (l2 - l1) / s_lightness, (c2 - c1) / s_chroma, d_hue / s_hue
    squared = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + rotation * parts[1] * parts[2]
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def differences(first_rgb: npt.ArrayLike, second_rgb: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Computes CIEDE2000 between every colour of one list and every colour of another.

    Args:
        first_rgb: sRGB 0 to 255, shape (n, 3).
        second_rgb: sRGB 0 to 255, shape (m, 3).

    Returns:
        Shape (n, m).
    """
    first, second = from_srgb(first_rgb, "lab"), from_srgb(second_rgb, "lab")
    return ciede2000(first[:, np.newaxis], second[np.newaxis])


def _chroma_weight(chroma: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _mean_hue(h1: npt.NDArray[np.float64], h2: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    total = h1 + h2
    far = np.abs(h1 - h2) > 180
    return np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
