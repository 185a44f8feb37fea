"""Photos of pictures on walls, with the boxes in which the pictures hang, to train the localiser on.

The pictures are cut from the photographs that come with scikit-image and scikit-learn, in other colours, or
drawn, so that what is trained on them may be shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augmentation.camera import blurred, compressed, noisy, relit
from training.augmentation.photographs import Photograph, photographed
from training.graphs.extractors.localiser import LOOK_PX
from training.openset.strangers import cloud, scene
from training.vocabulary import photographs
from vision.graph import stretched
from vision.picture import decode

Pixels: TypeAlias = NDArray[np.uint8]

_SIDE_PX: Final = 320
_LOOKED_AT_PX: Final = 256
"""An extractor looks at the photo in this size, and the localiser at means of that."""
_WHOLE_CHANCE: Final = 0.3
"""Of a picture that fills the photo; its box is the whole photo."""
_OTHER_WALL_CHANCE: Final = 0.35
_AT_ONCE: Final = 200


def examples(count: int, seed: int, jobs: int) -> tuple[Pixels, NDArray[np.float32]]:
    """Takes so many photos.

    Args:
        count: How many.
        seed: The same seed takes the same photos.
        jobs: Number of processes.

    Returns:
        The photos as the localiser sees them, RGB, uint8, shape (count, LOOK_PX, LOOK_PX, 3), and the boxes:
        left, top, right and bottom in sides of the photo, 0 to 1, float32, shape (count, 4).
    """
    sources = [decode(each.read_bytes()).pixels for each in photographs()]
    starts = range(0, count, _AT_ONCE)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        parts = list(pool.map(partial(_some, sources, seed, count), starts))
    return np.concatenate([each[0] for each in parts]), np.concatenate([each[1] for each in parts])


def _some(sources: Sequence[Pixels], seed: int, count: int, start: int) -> tuple[Pixels, NDArray[np.float32]]:
    cv2.setNumThreads(1)
    taken = [
        example(sources, np.random.default_rng([seed, number]))
        for number in range(start, min(count, start + _AT_ONCE))
    ]
    return np.stack([photo for photo, _ in taken]), np.array([box for _, box in taken], np.float32)


def example(sources: Sequence[Pixels], rng: np.random.Generator) -> tuple[Pixels, NDArray[np.float64]]:
    """Takes one photo, and tells the box of the picture in it.

    Args:
        sources: Photographs to cut pictures from, RGB, uint8.
        rng: Source of every random number.
    """
    picture = _work(sources, rng)
    if rng.random() < _WHOLE_CHANCE:
        if rng.random() < 0.5:
            picture = compressed(noisy(blurred(relit(picture, rng), rng), rng, 0.7), rng)
        return looked_at(picture), np.array([0.0, 0.0, 1.0, 1.0])
    wall = _other_wall(sources, rng) if rng.random() < _OTHER_WALL_CHANCE else None
    photo = photographed(picture, rng, _SIDE_PX, wall)
    return looked_at(photo.pixels), box_of(photo)


def box_of(photo: Photograph) -> NDArray[np.float64]:
    """Returns left, top, right and bottom of the picture, in sides of the photo, 0 to 1, shape (4,)."""
    height, width = photo.pixels.shape[:2]
    outline = np.clip(photo.outline / np.array([width, height]), 0, 1)
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)])


def looked_at(photo: Pixels) -> Pixels:
    """Reduces a photo (RGB, uint8, of any size) to what the localiser sees, shape (LOOK_PX, LOOK_PX, 3)."""
    return stretched(stretched(photo, _LOOKED_AT_PX), LOOK_PX)


def _work(sources: Sequence[Pixels], rng: np.random.Generator) -> Pixels:
    """Makes a picture: a part of a photograph, a drawn scene, two things side by side, or a cloudy part."""
    kind = rng.random()
    if kind < 0.6:
        made = _recoloured(_part(sources, rng), rng)
    elif kind < 0.78:
        made = scene(rng, _LOOKED_AT_PX)
    elif kind < 0.9:
        left = _recoloured(_part(sources, rng), rng)
        right = _recoloured(_part(sources, rng), rng) if rng.random() < 0.5 else scene(rng, 200)
        tall = min(len(left), len(right))
        made = np.hstack(
            [cv2.resize(each, (max(8, each.shape[1] * tall // len(each)), tall)) for each in (left, right)]
        )
        if rng.random() < 0.5:
            made = made.swapaxes(0, 1)
    else:
        part = stretched(_recoloured(_part(sources, rng), rng), _LOOKED_AT_PX)
        share = rng.uniform(0.2, 0.9)
        made = np.asarray(cv2.addWeighted(part, share, cloud(rng, _LOOKED_AT_PX), 1 - share, 0), np.uint8)
    stretch = np.exp(rng.normal(0, 0.15))
    size = tuple(int(np.clip(300 * each, 150, 600)) for each in (stretch, 1 / stretch))
    return np.asarray(cv2.resize(np.ascontiguousarray(made), size, interpolation=cv2.INTER_AREA), np.uint8)


def _part(sources: Sequence[Pixels], rng: np.random.Generator) -> Pixels:
    """Cuts a part out of a photograph, a quarter of its sides or more, mirrored or turned now and then."""
    source = sources[int(rng.integers(len(sources)))]
    share, stretch = np.exp(rng.uniform(np.log(0.25), 0)), np.exp(rng.uniform(-0.4, 0.4))
    height, width = source.shape[:2]
    high, wide = (
        int(max(min(48, side), min(side, share * side * by)))
        for side, by in ((height, stretch), (width, 1 / stretch))
    )
    top, left = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
    part = source[top : top + high, left : left + wide]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    return np.ascontiguousarray(np.rot90(part, int(rng.integers(4))) if rng.random() < 0.4 else part)


def _recoloured(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Mixes the channels, and changes brightness and contrast."""
    mix = np.eye(3) + rng.normal(0, 0.25, (3, 3))
    mix /= mix.sum(axis=1, keepdims=True)
    light = (pixels / 255.0) ** np.exp(rng.normal(0, 0.35)) @ mix.T
    light = (light - 0.5) * np.exp(rng.normal(0, 0.3)) + 0.5 + rng.normal(0, 0.08, 3)
    return np.asarray(np.clip(np.rint(255 * light), 0, 255), np.uint8)


def _other_wall(sources: Sequence[Pixels], rng: np.random.Generator) -> Pixels:
    """Makes a wall of a part of a photograph: a texture or a room, mostly pale and out of focus."""
    part = stretched(_recoloured(_part(sources, rng), rng), _LOOKED_AT_PX)
    if rng.random() < 0.7:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), float(np.exp(rng.uniform(0, 2.5)))), np.uint8)
    paint = rng.uniform(40, 240) + rng.normal(0, 18, 3)
    return np.asarray(
        np.clip(paint + rng.uniform(0.15, 0.8) * (part - part.mean(axis=(0, 1))), 0, 255), np.uint8
    )
