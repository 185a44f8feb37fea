"""Palettes over many pictures, and the distance between palettes."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import linprog

from vision.collection import Collection, CollectionPalette, picture_colors
from vision.colors.difference import differences
from vision.errors import EmptyCollection, FullyTransparent
from vision.palette import Palette, picture_palette
from vision.palette_distance import palette_distance, transport_distance
from vision.picture import LayeredPicture, PictureInfo

RED, GREEN, BLUE, WHITE = (200, 30, 40), (40, 150, 60), (30, 50, 190), (255, 255, 255)


def flat(*colors: tuple[int, int, int], width: int = 40, height: int = 40) -> LayeredPicture:
    pixels = np.repeat(np.array([colors], np.uint8), width, axis=1).repeat(height, axis=0)
    return LayeredPicture(pixels, None, PictureInfo("png", pixels.shape[1], height))


def palette(*colors: tuple[int, int, int]) -> Palette:
    return picture_palette(flat(*colors), 8)


def collection_palette(pictures: list[LayeredPicture], color_count: int) -> CollectionPalette:
    collection = Collection()
    for picture in pictures:
        collection.add(picture_colors(picture))
    return collection.palette(color_count)


def test_each_picture_weighs_the_same() -> None:
    found = collection_palette([flat(RED), flat(GREEN, width=400, height=300), flat(GREEN, BLUE)], 3)
    shares = {color.rgb: color.share for color in found.palette.colors}
    assert shares == pytest.approx({GREEN: 0.5, RED: 1 / 3, BLUE: 1 / 6})
    order = [color.rgb for color in found.palette.colors]
    spread = [dict(zip(order, one.shares, strict=True)) for one in found.spreads]
    assert spread[0] == {GREEN: 0, RED: 1, BLUE: 0}
    assert spread[2] == pytest.approx({GREEN: 0.5, RED: 0, BLUE: 0.5})


def test_the_odd_one_out_is_farthest_from_the_palette() -> None:
    found = collection_palette([flat(RED, WHITE), flat(RED, WHITE), flat(RED, WHITE), flat(BLUE, GREEN)], 4)
    assert int(np.argmax([one.distance for one in found.spreads])) == 3


def test_takes_pictures_one_by_one() -> None:
    random = np.random.default_rng(0)
    collection = Collection()
    for _ in range(8):
        pixels = random.integers(0, 256, (64, 64, 3), np.uint8)
        collection.add(picture_colors(LayeredPicture(pixels, None, PictureInfo("png", 64, 64))))
    found = collection.palette(0)
    assert len(found.spreads) == 8
    assert sum(color.share for color in found.palette.colors) == pytest.approx(1)


def test_keeps_a_few_kilobytes_of_each_picture_however_colourful_it_is() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    colors = picture_colors(LayeredPicture(noise, None, PictureInfo("png", 100, 100)))
    collection = Collection()
    collection.add(colors)
    tracemalloc.start()
    kept = []
    for _ in range(51):
        collection.add(colors)
        kept.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert (kept[-1] - kept[0]) / 50 < 8_000


def test_a_background_that_half_the_pictures_share_is_the_collections() -> None:
    def product(color: tuple[int, int, int]) -> LayeredPicture:
        pixels = np.full((100, 100, 3), 255, np.uint8)
        pixels[30:70, 30:70] = color
        return LayeredPicture(pixels, None, PictureInfo("png", 100, 100))

    found = collection_palette([product(RED), product(RED), product(BLUE)], 3).palette
    assert found.has_background
    assert found.dominant.rgb == WHITE
    assert found.dominant_without_background.rgb == RED


def test_rejects_an_empty_collection_and_invisible_pictures() -> None:
    with pytest.raises(EmptyCollection):
        collection_palette([], 5)
    invisible = LayeredPicture(flat(RED).pixels, np.zeros((40, 40), np.uint8), PictureInfo("png", 40, 40))
    with pytest.raises(FullyTransparent):
        picture_colors(invisible)


def test_distance_is_a_metric_on_palettes() -> None:
    palettes = [palette(RED, WHITE), palette(RED, RED, WHITE), palette(BLUE, GREEN), palette(WHITE)]
    for first, second in itertools.product(palettes, palettes):
        assert palette_distance(first, second) == pytest.approx(palette_distance(second, first), abs=1e-3)
    assert palette_distance(palettes[0], palettes[0]) == pytest.approx(0, abs=1e-4)
    assert 0 < palette_distance(palettes[0], palettes[1]) < palette_distance(palettes[0], palettes[2])


def transport_by_linear_programme(
    costs: npt.NDArray[np.float64], first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]
) -> float:
    rows = np.kron(np.eye(len(first)), np.ones(len(second)))
    columns = np.kron(np.ones(len(first)), np.eye(len(second)))
    result = linprog(
        costs.ravel(), A_eq=np.vstack([rows, columns])[:-1], b_eq=np.concatenate([first, second])[:-1]
    )
    return float(result.fun)


@pytest.mark.parametrize(("first_count", "second_count"), [(1, 1), (3, 5), (8, 8), (30, 6)])
def test_transport_is_optimal(first_count: int, second_count: int) -> None:
    random = np.random.default_rng(first_count)
    first, second = random.integers(0, 256, (first_count, 3)), random.integers(0, 256, (second_count, 3))
    shares = [random.dirichlet(np.ones(count)) for count in (first_count, second_count)]
    found = transport_distance(first, shares[0], second, shares[1])
    assert found == pytest.approx(
        transport_by_linear_programme(differences(first, second), *shares), rel=1e-3
    )
