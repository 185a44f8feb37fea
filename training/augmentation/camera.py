"""Distorts pictures as a phone's camera does: tilt, crop, light, blur, noise, compression, occlusion.

Every random number comes from the generator given, so that one seed gives one picture. The
steps follow the light: the print on its wall, something in front of it, the lamp, the lens, the sensor, the
file. Validation pictures must never go through them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Pixels: TypeAlias = NDArray[np.uint8]

MAX_STRENGTH = 3.0
RESAMPLERS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
_CENTRE_CHANCE = 0.25
_DETOUR_CHANCE = 0.5
_COVER_CHANCE = 0.4
_MIN_SIDE_PX = 16
_NORMAL = ndtri((np.arange(256) + 0.5) / 256).astype(np.float32)
"""Quantiles of the normal distribution."""


def distorted(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Makes a picture look like another photograph of the same thing.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), each side 2 or more.
        rng: Source of every random number.
        strength: 0 changes nothing, 1 is a photograph taken by hand, 3 is the most.

    Returns:
        RGB, uint8; smaller than the input, since cropping is one of the steps.

    Raises:
        ValueError: When the strength is outside 0 to 3 or the pixels are not an RGB picture.
    """
    if not 0 <= strength <= MAX_STRENGTH:
        raise ValueError(f"the strength of a distortion is 0 to {MAX_STRENGTH:g}, not {strength}")
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or min(pixels.shape[:2]) < 2:
        raise ValueError(f"an RGB picture is uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
    if strength == 0:
        return pixels.copy()
    seen = cropped(tilted(pixels, rng, strength), rng, strength)
    if rng.random() < _COVER_CHANCE:
        seen = covered(seen, rng, strength)
    seen = blurred(relit(seen, rng, strength), rng, strength)
    return compressed(noisy(seen, rng, strength), rng, strength)


def tilted(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Changes the perspective: moves each corner by up to a tenth of the sides on a plain wall; same size."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Beyond a quarter of the sides the four corners could fold over.
    moved = corners + rng.uniform(-0.1, 0.1, (4, 2)) * min(strength, 2.4) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    wall = [int(each) for each in rng.integers(90, 240) + rng.integers(-15, 16, 3)]
    return np.asarray(
        cv2.warpPerspective(
            pixels,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=wall,
        ),
        np.uint8,
    )


def cropped(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Crops each edge by up to 8 % of the side; at least 16 pixels (or all there are) stay."""
    height, width = pixels.shape[:2]
    left, right, top, bottom = rng.uniform(0, 0.08, 4) * min(strength, MAX_STRENGTH)
    x0, x1 = _kept(width, left, right)
    y0, y1 = _kept(height, top, bottom)
    return np.ascontiguousarray(pixels[y0:y1, x0:x1])


def relit(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Changes the light: exposure, contrast curve, colour cast, and a lamp that falls off to one side."""
    height, width = pixels.shape[:2]
    exposure = np.exp(rng.uniform(-0.35, 0.35) * strength)
    gamma = np.exp(rng.uniform(-0.25, 0.25) * strength)
    cast = np.exp(rng.uniform(-0.08, 0.08, 3) * strength)
    across, down = (rng.uniform(-0.25, 0.25, 2) * min(strength, 1.5)).astype(np.float32)
    lamp = 1 + across * np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    lamp = lamp + down * np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    curve = 255 * np.linspace(0, 1, 256)[:, None] ** gamma * exposure * cast
    lit = cv2.LUT(pixels, curve[None].astype(np.float32))
    return np.asarray(cv2.multiply(lit, cv2.merge([lamp] * 3), dtype=cv2.CV_8U), np.uint8)


def blurred(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Blurs by defocus or by motion in one direction, up to 0.4 % of the longer side."""
    longer = max(pixels.shape[:2])
    amount = rng.uniform(0, 0.004) * strength * longer
    if rng.random() < 0.5:
        sigma = max(amount, 0.1)
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    length = 2 * round(amount) + 1
    angle = rng.uniform(0, 180)
    streak = np.zeros((length, length), np.float32)
    streak[length // 2] = 1
    turn = cv2.getRotationMatrix2D((length // 2, length // 2), angle, 1)
    streak = np.asarray(cv2.warpAffine(streak, turn, (length, length)), np.float32)
    return np.asarray(
        cv2.filter2D(pixels, -1, streak / streak.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8
    )


def noisy(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Adds sensor noise: Gaussian, standard deviation up to 8 of 255, independent in each channel."""
    deviation = rng.uniform(0, 8) * strength
    # A byte for each value chooses among 256 quantiles, which takes a tenth of the time of normal numbers.
    grain = np.frombuffer(rng.bytes(pixels.size), np.uint8).reshape(pixels.shape)
    return np.asarray(cv2.add(pixels, cv2.LUT(grain, _NORMAL * deviation), dtype=cv2.CV_8U), np.uint8)


def compressed(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Compresses as JPEG at quality 95 down to 45 (down to 10 at the highest strength)."""
    quality = max(10, round(95 - rng.uniform(0, 50) * strength))
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    seen: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)  # Never None of what was just written.
    return np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGR2RGB), np.uint8)


def covered(pixels: Pixels, rng: np.random.Generator, strength: float = 1.0) -> Pixels:
    """Covers a part by something plain, such as a finger: an ellipse up to a third of each side."""
    height, width = pixels.shape[:2]
    centre = (int(rng.integers(width)), int(rng.integers(height)))
    share = rng.uniform(0.05, 0.17, 2) * strength
    axes = (max(1, round(share[0] * width)), max(1, round(share[1] * height)))
    colour = [int(each) for each in rng.integers(20, 220, 3)]
    return np.asarray(
        cv2.ellipse(pixels.copy(), centre, axes, rng.uniform(0, 180), 0, 360, colour, -1), np.uint8
    )


def resampled(pixels: Pixels, rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Resizes to a model's size by a random resampler, as different devices do.

    A quarter of the pictures is cropped to the centre in the target's proportions, as Vision's `centerCrop`
    does; the others are stretched (`scaleFill`). Half go through a smaller picture, such as a thumbnail.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        rng: Source of every random number.
        size: Width and height of the result, in pixels.
    """
    if rng.random() < _CENTRE_CHANCE:
        pixels = _centre(pixels, size)
    if rng.random() < _DETOUR_CHANCE:
        share = rng.uniform(0.5, 1)
        smaller = (max(2, round(share * size[0])), max(2, round(share * size[1])))
        pixels = _resized(pixels, smaller, rng)
    return _resized(pixels, size, rng)


def _resized(pixels: Pixels, size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    return np.asarray(cv2.resize(pixels, size, interpolation=int(rng.choice(RESAMPLERS))), np.uint8)


def _centre(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Crops to the largest central part that has the proportions of a size."""
    height, width = pixels.shape[:2]
    share = min(width / size[0], height / size[1])
    kept = max(1, round(share * size[0])), max(1, round(share * size[1]))
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    return np.ascontiguousarray(pixels[top : top + kept[1], left : left + kept[0]])


def _kept(side: int, before: float, after: float) -> tuple[int, int]:
    least = min(side, _MIN_SIDE_PX)
    start = min(int(side * before), side - least)
    return start, max(start + least, side - int(side * after))
