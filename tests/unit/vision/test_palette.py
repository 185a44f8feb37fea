"""Palettes of pictures drawn here, whose colours are known."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms

from vision.colors.difference import differences
from vision.errors import FullyTransparent, InvalidColorCount, NotAPicture, PictureTooSmall
from vision.palette import Palette, extract_palette

RED, GREEN, BLUE, SAND = (200, 30, 40), (40, 150, 60), (30, 50, 190), (230, 210, 160)


def file_of(pixels: npt.NDArray[np.uint8], picture_format: str = "png", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, picture_format, **options)
    return file.getvalue()


def striped(*parts: tuple[tuple[int, ...], int], height: int = 60) -> npt.NDArray[np.uint8]:
    """Vertical stripes of the given colours and widths."""
    row = np.concatenate([np.tile(np.array(color, np.uint8), (width, 1)) for color, width in parts])
    return np.tile(row, (height, 1, 1))


def landscape(width: int = 640, height: int = 480) -> npt.NDArray[np.uint8]:
    """Soft hills under a gradient sky, with a red house: many colours, some rare."""
    rows, columns = np.arange(height)[:, None] / height, np.arange(width)[None] / width
    sky = np.stack([120 + 90 * rows, 160 + 60 * rows, 230 - 10 * rows], axis=-1)
    bands = (60 + 40 * np.sin(9 * columns), 120 + 30 * np.cos(7 * columns), 50 + 20 * rows)
    hill = np.stack(np.broadcast_arrays(*bands), axis=-1)
    picture = np.where((rows > 0.55 + 0.1 * np.sin(6 * columns))[..., np.newaxis], hill, sky)
    picture[(np.abs(columns - 0.7) < 0.12) & (np.abs(rows - 0.7) < 0.12)] = (180, 40, 30)
    return picture.astype(np.uint8)


def largest_difference(first: Palette, second: Palette, share: float = 0.05) -> float:
    """How far the farthest colour of at least that share is from its nearest in the other palette."""
    ones = [color.rgb for color in first.colors if color.share >= share]
    others = [color.rgb for color in second.colors]
    return float(differences(ones, others).min(axis=1).max())


def test_finds_flat_colours_and_their_shares_exactly() -> None:
    palette = extract_palette(file_of(striped((RED, 60), (GREEN, 30), (BLUE, 10))), 3)
    assert [color.rgb for color in palette.colors] == [RED, GREEN, BLUE]
    assert [color.share for color in palette.colors] == pytest.approx([0.6, 0.3, 0.1])
    assert palette.dominant.hex == "#c81e28"
    assert palette.second is not None
    assert palette.second.hex == "#28963c"


@pytest.mark.parametrize("color_count", [0, 1, 2, 5, 16, 256])
@pytest.mark.parametrize("color_space", ["oklab", "lab", "rgb"])
def test_shares_sum_to_one_and_fall(color_count: int, color_space: str) -> None:
    palette = extract_palette(file_of(landscape(160, 120)), color_count, color_space=color_space)  # type: ignore[arg-type]
    shares = [color.share for color in palette.colors]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert len(shares) <= (color_count or 14)
    assert color_count == 0 or len(shares) >= min(color_count, 100)


def test_gives_fewer_colours_where_there_are_fewer() -> None:
    palette = extract_palette(file_of(striped((RED, 60), (GREEN, 40))), 5)
    assert [color.rgb for color in palette.colors] == [RED, GREEN]


def test_one_colour_is_a_palette_of_one() -> None:
    for color_count in (0, 1, 5):
        palette = extract_palette(file_of(striped((SAND, 64))), color_count)
        assert [color.rgb for color in palette.colors] == [SAND]
        assert palette.colors[0].share == 1
        assert palette.has_background
        assert palette.dominant is palette.dominant_without_background
        assert palette.second is None


def test_chooses_the_number_of_colours_by_how_many_look_different() -> None:
    four = extract_palette(file_of(striped((RED, 40), (GREEN, 30), (BLUE, 20), (SAND, 10))), 0)
    assert [color.rgb for color in four.colors] == [RED, GREEN, BLUE, SAND]
    shades = striped(((200, 30, 40), 30), ((196, 34, 44), 30), ((30, 50, 190), 20), ((34, 54, 186), 20))
    assert len(extract_palette(file_of(shades), 0).colors) == 2
    noisy = np.clip(shades + np.random.default_rng(3).normal(0, 6, shades.shape), 0, 255).astype(np.uint8)
    assert len(extract_palette(file_of(noisy), 0).colors) == 2


def test_ignores_what_is_transparent() -> None:
    pixels = np.dstack([striped((RED, 30), (GREEN, 30)), np.full((60, 60), 255, np.uint8)])
    pixels[:, :30, 3] = 0
    palette = extract_palette(file_of(pixels), 3)
    assert [color.rgb for color in palette.colors] == [GREEN]
    pixels[:, :30, 3] = 128
    half = extract_palette(file_of(pixels), 2)
    assert [color.share for color in half.colors] == pytest.approx([255 / 383, 128 / 383])


def test_rejects_a_picture_in_which_nothing_is_visible() -> None:
    with pytest.raises(FullyTransparent):
        extract_palette(file_of(np.zeros((32, 32, 4), np.uint8)), 5)


def test_sets_a_uniform_background_apart() -> None:
    pixels = np.full((200, 200, 3), 252, np.uint8)
    pixels[50:150, 50:150] = RED
    pixels[150:170, 50:150] = BLUE
    palette = extract_palette(file_of(pixels, "jpeg", quality=92), 3)
    assert palette.has_background
    assert palette.dominant.is_background
    assert differences([palette.dominant.rgb], [(252, 252, 252)]) < 3
    assert differences([palette.dominant_without_background.rgb], [RED]) < 2
    assert palette.second is not None
    assert differences([palette.second.rgb], [BLUE]) < 4
    assert sum(color.share for color in palette.colors) == pytest.approx(1)


def test_sees_no_background_where_the_frame_has_many_colours() -> None:
    palette = extract_palette(file_of(landscape()), 5)
    assert not palette.has_background
    assert palette.dominant_index == palette.dominant_without_background_index == 0


def test_weighs_the_middle_on_request() -> None:
    pixels = striped((GREEN, 40), (RED, 30), (GREEN, 30))
    plain, weighted = (extract_palette(file_of(pixels), 2, center_weighted=value) for value in (False, True))
    assert plain.dominant.rgb == GREEN
    assert weighted.colors[1].share + 0.05 < weighted.colors[0].share
    shares = {color.rgb: color.share for color in weighted.colors}
    assert shares[RED] > 0.3 + 0.05


def test_gives_the_same_palette_for_the_same_bytes() -> None:
    data = file_of(landscape(), "jpeg")
    assert extract_palette(data, 6) == extract_palette(data, 6)


@pytest.mark.parametrize("color_count", [4, 6])
def test_gives_the_same_palette_as_png_as_jpeg_and_at_half_size(color_count: int) -> None:
    pixels = landscape()
    half = np.asarray(Image.fromarray(pixels).resize((320, 240), Image.Resampling.BOX))
    whole = extract_palette(file_of(pixels), color_count)
    for other in (file_of(pixels, "jpeg", quality=95), file_of(half)):
        assert largest_difference(whole, extract_palette(other, color_count)) <= 2


@pytest.mark.slow
def test_grain_does_not_make_a_large_picture_another_one_in_another_format() -> None:
    grain = np.random.default_rng(0).normal(0, 15, (1200, 1600, 3))
    large = np.clip(landscape(1600, 1200) + grain, 0, 255).astype(np.uint8)
    half = np.asarray(Image.fromarray(large).resize((800, 600), Image.Resampling.BOX))
    whole = extract_palette(file_of(large), 5)
    for other in (file_of(large, "jpeg", quality=95), file_of(large, "webp", quality=95), file_of(half)):
        assert largest_difference(whole, extract_palette(other, 5)) <= 2


@pytest.mark.parametrize("channels", [3, 4])
def test_a_large_drawing_has_exactly_the_colours_that_it_was_drawn_in(channels: int) -> None:
    drawing = striped((RED, 1201), (GREEN, 600), (BLUE, 199), height=1000)
    opacity = np.full((1000, 2000, channels - 3), 255, np.uint8)
    palette = extract_palette(file_of(np.dstack([drawing, opacity])), 5)
    assert [color.rgb for color in palette.colors] == [RED, GREEN, BLUE]


def test_what_is_transparent_does_not_colour_a_large_picture() -> None:
    plain = landscape(1600, 1200)
    large = plain.copy()
    opacity = np.full((1200, 1600, 1), 255, np.uint8)
    large[::2, ::2], opacity[::2, ::2] = (255, 0, 255), 0
    palette = extract_palette(file_of(np.dstack([large, opacity])), 5)
    assert largest_difference(palette, extract_palette(file_of(plain), 5)) <= 2


def test_cmyk_and_grey_pictures_have_palettes() -> None:
    picture = Image.fromarray(striped((RED, 30), (SAND, 30)))
    for mode in ("CMYK", "L"):
        file = io.BytesIO()
        picture.convert(mode).save(file, "jpeg", quality=95)
        palette = extract_palette(file.getvalue(), 2)
        assert [color.share for color in palette.colors] == pytest.approx([0.5, 0.5], abs=0.02)


def test_a_broken_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = striped((RED, 40), (GREEN, 20))
    plain = extract_palette(file_of(pixels), 2)
    assert extract_palette(file_of(pixels, icc_profile=profile[:150]), 2) == plain
    assert extract_palette(file_of(pixels, icc_profile=b"no profile"), 2) == plain


@pytest.mark.parametrize("color_count", [-1, 257, 300])
def test_rejects_an_impossible_number_of_colours(color_count: int) -> None:
    with pytest.raises(InvalidColorCount, match=str(color_count)):
        extract_palette(file_of(landscape()), color_count)


def test_rejects_what_no_picture_is() -> None:
    with pytest.raises(NotAPicture):
        extract_palette(b"a text", 5)
    with pytest.raises(PictureTooSmall):
        extract_palette(file_of(np.zeros((1, 1, 3), np.uint8)), 5)
