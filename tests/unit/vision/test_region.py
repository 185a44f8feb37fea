"""Parts of pictures: which pixels are looked at, and where they are."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import jpeg
from tests.unit.vision.drawn import FORMATS, drawn
from tests.unit.vision.drawn import encoded as encoded_file
from vision.decoding.pixels import upright
from vision.errors import EmptyRegion, RegionOutsidePicture, RegionTooSmall
from vision.palette import decode_for_palette, picture_palette
from vision.picture import PictureInfo, PictureLimits, decode, decode_cheaply, read_info
from vision.region import Rectangle, Region, Tap

SIDE = 64


def quarters() -> np.ndarray:
    """A picture of 800 × 600 pixels in four colours."""
    pixels = np.zeros((600, 800, 3), np.uint8)
    pixels[:300, :400] = (200, 30, 30)
    pixels[:300, 400:] = (30, 160, 30)
    pixels[300:, :400] = (30, 30, 200)
    pixels[300:, 400:] = (220, 200, 40)
    return pixels


def before_turning(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns pixels so that they are seen as they are when the orientation is applied."""
    turned = (np.rot90(each, times) for each in (pixels, pixels[::-1]) for times in range(4))
    return next(each for each in turned if np.array_equal(upright(each, orientation), pixels))


def encoded(picture_format: str, orientation: int = 1) -> bytes:
    """A file that is seen as `quarters`, whichever way it is stored."""
    turned = before_turning(quarters(), orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(turned)).save(file, picture_format, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["jpeg", "png"])
def test_a_region_is_cut_out_of_the_upright_picture(picture_format: str, orientation: int) -> None:
    picture = decode(
        encoded(picture_format, orientation), max_side_px=SIDE, region=Rectangle(420, 320, 300, 200)
    )
    assert picture.info == PictureInfo(picture_format, 800, 600, Rectangle(420, 320, 300, 200))
    height, width = picture.pixels.shape[:2]
    assert abs(width - SIDE) <= 1
    assert abs(height - SIDE * 2 / 3) <= 1
    assert np.abs(picture.pixels.astype(int) - (220, 200, 40)).max() < 12


def test_a_small_region_keeps_its_detail() -> None:
    pixels = np.zeros((1200, 1600, 3), np.uint8)
    pixels[600:664, 800:864:2] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    seen = decode(file.getvalue(), max_side_px=SIDE, region=Rectangle(800, 600, 64, 64)).pixels
    np.testing.assert_array_equal(seen, pixels[600:664, 800:864])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_region_has_the_pixels_that_stand_there_in_the_whole(orientation: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(before_turning(pixels, orientation))).save(file, "png", exif=exif)
    seen = decode(file.getvalue(), region=Rectangle(100, 10, 50, 90)).pixels
    np.testing.assert_array_equal(seen, pixels[10:100, 100:150])


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_reduced_region_looks_as_it_does_in_the_reduced_whole(picture_format: str) -> None:
    data = encoded_file(drawn(800, 600), picture_format)
    whole = decode(data, max_side_px=400).pixels.astype(int)
    seen = decode(data, max_side_px=150, region=Rectangle(202, 100, 300, 250)).pixels
    assert seen.shape == (125, 150, 3)
    assert np.abs(seen - whole[50:175, 101:251]).mean() < 1
    cheap = decode_cheaply(data, PictureLimits(), 150, Rectangle(202, 100, 300, 250)).pixels
    assert np.abs(cheap.mean(axis=(0, 1)) - seen.mean(axis=(0, 1))).max() < 2


def test_grey_of_32_bits_is_scaled_by_the_whole_picture_where_a_part_is_looked_at() -> None:
    file = io.BytesIO()
    Image.fromarray(np.repeat(np.arange(0, 64_000, 500, np.int32)[None], 64, axis=0)).save(file, "tiff")
    seen = decode(file.getvalue(), region=Rectangle(64, 0, 64, 64)).pixels
    np.testing.assert_array_equal(seen, decode(file.getvalue()).pixels[:, 64:])


def test_without_a_size_the_region_has_its_own() -> None:
    picture = decode(encoded("png"), region=Rectangle(10, 20, 30, 40))
    assert picture.pixels.shape == (40, 30, 3)


def test_what_lies_over_the_edge_is_cut_off() -> None:
    picture = decode(encoded("png"), region=Rectangle(700, 500, 1000, 1000))
    assert picture.info.region == Rectangle(700, 500, 100, 100)
    assert picture.info.seen == Rectangle(700, 500, 100, 100)
    assert read_info(encoded("png")).seen == Rectangle(0, 0, 800, 600)


def test_a_palette_is_that_of_the_region() -> None:
    picture = decode_for_palette(encoded("jpeg"), PictureLimits(), Rectangle(410, 10, 300, 200))
    (color,) = picture_palette(picture, 1).colors
    assert np.abs(np.array(color.rgb) - (30, 160, 30)).max() < 12


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        (Tap(400, 300), Rectangle(250, 150, 300, 300)),
        (Tap(0, 0), Rectangle(0, 0, 300, 300)),
        (Tap(799, 599), Rectangle(500, 300, 300, 300)),
    ],
)
def test_around_a_tap_is_a_square_that_stays_inside(place: Tap, seen: Rectangle) -> None:
    assert decode(encoded("png"), region=place).info.region == seen


def test_around_a_tap_in_a_small_picture_is_as_much_as_a_picture_needs() -> None:
    small = jpeg(np.full((20, 90, 3), 120, np.uint8))
    assert decode(small, region=Tap(45, 10)).info.region == Rectangle(37, 2, 16, 16)


@pytest.mark.parametrize(
    ("region", "error"),
    [
        (Rectangle(0, 0, 0, 100), EmptyRegion),
        (Rectangle(0, 0, 100, 0), EmptyRegion),
        (Rectangle(800, 0, 100, 100), RegionOutsidePicture),
        (Rectangle(0, 600, 100, 100), RegionOutsidePicture),
        (Rectangle(2**32 - 1, 2**32 - 1, 2**32 - 1, 2**32 - 1), RegionOutsidePicture),
        (Tap(800, 0), RegionOutsidePicture),
        (Tap(0, 600), RegionOutsidePicture),
        (Rectangle(0, 0, 15, 100), RegionTooSmall),
        (Rectangle(785, 0, 100, 100), RegionTooSmall),
    ],
)
def test_what_is_no_part_of_the_picture_is_refused(region: Region, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(encoded("png"), region=region)
