"""Drawn strangers: synthetic pictures of no class, to measure how a model refuses what it was not trained on.

Left-out classes are similar to those that stay, and few classes give few strangers. So these are tested too:
plain walls; clouds of noise with the spectrum of photographs (Field, "Relations between the statistics of
natural images and the response properties of cortical cells", JOSA A 4(12), 1987); scenes of things that
cover each other, with sizes distributed as in photographs (Lee, Mumford and Huang, "Occlusion models for
natural images", IJCV 41, 2001); and mosaics of small pieces of the training pictures, which have their
colours and strokes but show nothing. One seed always draws the same pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augmentation.photographs import VERSION as PHOTOGRAPHS
from training.augmentation.photographs import photographed as taken_photograph
from training.descriptors.cache import extractor_folder, keep, load_arrays
from training.descriptors.extraction import DescriptorSet, View, pack
from training.descriptors.views import pack_views
from training.extractors import AnyExtractor, has_repeatable_keypoints, vector_size
from training.imagesets.imageset import ImageSet, LabelledPicture
from vision.extractors.features import GlobalFeatures, LocalFeatures
from vision.picture import decode

Pixels: TypeAlias = NDArray[np.uint8]

# To be raised when a change makes the same seed draw other pictures.
_VERSION: Final = 1
_COUNT: Final = 80
_PIECES: Final = 24
_SIDE_PX: Final = 320
_TILES: Final = 12
_SMALLEST: Final = 0.012
_LARGEST: Final = 0.35


def stranger_descriptors(
    image_set: ImageSet,
    extractor: AnyExtractor,
    cache: Path,
    seed: int,
    jobs: int,
    *,
    photographed: bool = False,
) -> DescriptorSet:
    """Extracts the descriptors of eighty drawn strangers, or reads them from the cache.

    Args:
        image_set: Mosaics are made of its pictures.
        extractor: The extractor.
        cache: Folder where the descriptors are cached.
        seed: The same seed draws the same pictures.
        jobs: Number of pictures that are worked on at a time.
        photographed: Whether a photograph of each follows: a model that was trained on photographs must not
            take walls and frames for a label.
    """
    side = min(_SIDE_PX, extractor.max_side_px)
    cut = np.unique(np.linspace(0, len(image_set.pictures) - 1, _PIECES).round().astype(int))
    pictures = [image_set.pictures[each] for each in cut]
    name = f"strangers{'-photographed' if photographed else ''}-{_key(pictures, side, seed)}.npz"
    file = extractor_folder(cache, extractor) / name
    names = ["values", "offsets", *(("keypoints", "sizes") if has_repeatable_keypoints(extractor) else ())]
    names += ["vectors"] if vector_size(extractor) else []
    if (kept := load_arrays(file, *names)) and kept[0].shape[1:] == (extractor.dimension,):
        return replace(pack([], extractor), **dict(zip(names, kept, strict=True)))
    pieces = [decode((image_set.root / each.path).read_bytes(), max_side_px=side).pixels for each in pictures]
    with ThreadPoolExecutor(jobs) as pool:
        drawn = list(drawn_strangers(pieces, _COUNT, side, seed))
        if photographed:
            drawn += pool.map(lambda number: _photograph(drawn[number], number, seed), range(_COUNT))
        found = _seen(
            list(pool.map(lambda pixels: (extractor.extract(pixels), pixels.shape), drawn)), extractor
        )
    keep(file, lambda stream: np.savez(stream, **{name: getattr(found, name) for name in names}))
    return found


def _photograph(drawn: Pixels, number: int, seed: int) -> Pixels:
    return taken_photograph(drawn, np.random.default_rng([seed, number]), max(drawn.shape)).pixels


def _seen(
    each: Sequence[tuple[LocalFeatures | GlobalFeatures, tuple[int, ...]]], extractor: AnyExtractor
) -> DescriptorSet:
    if not has_repeatable_keypoints(extractor):
        return pack([features for features, _ in each], extractor)
    views = [
        View(features, (width, height))
        for features, (height, width, _) in each
        if isinstance(features, LocalFeatures)
    ]
    return pack_views(views, extractor)


def _key(pictures: Sequence[LabelledPicture], side_px: int, seed: int) -> str:
    """Hashes what drawing depends on, and numpy's version: releases may differ in their random numbers."""
    versions = (_VERSION, PHOTOGRAPHS, np.__version__)
    parts = [*map(str, versions), str(side_px), str(seed), *(each.digest for each in pictures)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def drawn_strangers(pieces: Sequence[Pixels], count: int, side_px: int, seed: int) -> Iterator[Pixels]:
    """Draws pictures, RGB, uint8: mostly scenes and mosaics, some clouds and walls.

    Args:
        pieces: Training pictures, RGB, uint8, from which mosaics are cut; one or more.
        count: Number of pictures.
        side_px: Longer side of each.
        seed: The same seed draws the same pictures.
    """
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = _KINDS[number % len(_KINDS)]
        yield kind(rng, side_px) if kind else mosaic(rng, side_px, pieces)


def kinds_of_drawn(count: int) -> NDArray[np.int64]:
    """Returns the kind of each of so many drawn pictures, int64: scene, mosaic, cloud or wall.

    >>> kinds_of_drawn(8).tolist()
    [0, 1, 2, 0, 1, 3, 0, 1]

    Their photographs begin anew:

    >>> kinds_of_drawn(_COUNT + 3)[_COUNT:].tolist()
    [0, 1, 2]
    """
    kinds = list(dict.fromkeys(_KINDS))
    numbers = np.arange(count) % _COUNT % len(_KINDS)
    return np.array([kinds.index(_KINDS[number]) for number in numbers], np.int64)


def are_mosaics(count: int) -> NDArray[np.bool_]:
    """Tells which of so many drawn pictures are mosaics, bool; these do show pieces of labels."""
    return np.asarray(kinds_of_drawn(count) == list(dict.fromkeys(_KINDS)).index(None))


def wall(rng: np.random.Generator, side_px: int) -> Pixels:
    """Draws a plain wall under a lamp, with sensor noise."""
    height = max(1, round(side_px * rng.uniform(0.6, 1)))
    across, down = rng.uniform(-40, 40, 2)
    light = across * np.linspace(-1, 1, side_px)[None, :] + down * np.linspace(-1, 1, height)[:, None]
    grain = rng.normal(0, rng.uniform(1, 6), (height, side_px, 3))
    return _rounded(rng.uniform(20, 235, 3) + light[..., None] + grain)


def cloud(rng: np.random.Generator, side_px: int) -> Pixels:
    """Draws noise of about equal strength in each octave, so that the amplitude falls with the frequency."""
    return _rounded(rng.uniform(60, 190, 3) + rng.uniform(15, 45) * _octaves(rng, side_px))


def scene(rng: np.random.Generator, side_px: int) -> Pixels:
    """Draws things of a few colours that cover each other, from large to tiny, under uneven light."""
    drawn = np.empty((side_px, side_px, 3), np.uint8)
    drawn[:] = rng.integers(0, 256, 3)
    colors = rng.uniform(0, 255, (int(rng.integers(3, 12)), 3))
    for _ in range(int(rng.integers(60, 300))):
        # The number of things of a size falls with its third power, as in photographs.
        size = side_px * min(_LARGEST, _SMALLEST / np.sqrt(max(1e-4, rng.random())))
        color = colors[rng.integers(len(colors))] + rng.normal(0, 15, 3)
        _thing(rng, drawn, max(2.0, size), [min(max(int(each), 0), 255) for each in color.tolist()])
    return _rounded(drawn + rng.uniform(5, 20) * _octaves(rng, side_px))


def mosaic(rng: np.random.Generator, side_px: int, pieces: Sequence[Pixels]) -> Pixels:
    """Draws small pieces of several pictures in random order."""
    side = max(1, side_px // _TILES)
    tiles = []
    for _ in range(_TILES**2):
        source = pieces[int(rng.integers(len(pieces)))]
        y, x = (int(rng.integers(max(1, each - side + 1))) for each in source.shape[:2])
        tile = source[y : y + side, x : x + side]
        tiles.append(tile if tile.shape[:2] == (side, side) else cv2.resize(tile, (side, side)))
    rows = [np.hstack(tiles[row : row + _TILES]) for row in range(0, len(tiles), _TILES)]
    return np.asarray(np.vstack(rows), np.uint8)


def _thing(rng: np.random.Generator, drawn: Pixels, size: float, paint: Sequence[int]) -> None:
    x, y = rng.uniform(0, len(drawn), 2).tolist()
    if rng.random() < 0.4:
        axes = (round(size), max(1, round(size * rng.uniform(0.3, 1))))
        cv2.ellipse(drawn, (round(x), round(y)), axes, rng.uniform(0, 180), 0, 360, paint, -1, cv2.LINE_AA)
        return
    corners = int(rng.integers(3, 8))
    angles, radii = rng.uniform(0, 2 * np.pi, corners), size * rng.uniform(0.4, 1.2, corners)
    angles.sort()
    outline = np.empty((corners, 2), np.int32)
    outline[:, 0], outline[:, 1] = np.rint(x + radii * np.cos(angles)), np.rint(y + radii * np.sin(angles))
    cv2.fillPoly(drawn, [outline], paint, cv2.LINE_AA)


def _octaves(rng: np.random.Generator, side_px: int) -> NDArray[np.float32]:
    """Draws noise of every octave down to two pixels, float32, shape (side, side, 3), variance about 1."""
    total = np.zeros((side_px, side_px, 3), np.float32)
    cells, octaves = 2, 0
    while cells <= side_px // 2:
        noise = rng.standard_normal((cells, cells, 3), np.float32)
        # Channels of things under one lamp are correlated.
        noise = 0.85 * noise[..., :1] + 0.5 * noise
        total += cv2.resize(noise, (side_px, side_px), interpolation=cv2.INTER_CUBIC)
        cells, octaves = 2 * cells, octaves + 1
    return np.asarray(total / np.sqrt(max(1, octaves)), np.float32)


def _rounded(values: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


# None stands for a mosaic, the only kind that needs the training pictures.
_KINDS: Final = (scene, None, cloud, scene, None, wall)
