"""Pictures drawn here, written in every format, broken in every way, and read back."""

from __future__ import annotations

import struct
import warnings

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.unit.vision.drawn import FORMATS, QUARTERS, corner_colors, drawn, encoded
from vision.picture import PictureInfo, decode, decode_with_alpha


@pytest.mark.parametrize("picture_format", FORMATS)
def test_reads_every_format_by_content(picture_format: str) -> None:
    data = encoded(drawn(), picture_format)
    picture = decode(data)
    assert picture.info == PictureInfo(picture_format, 64, 48)
    assert picture.pixels.shape == (48, 64, 3)
    assert picture.pixels.dtype == np.uint8
    np.testing.assert_allclose(corner_colors(picture.pixels), QUARTERS, atol=6)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "I", "YCbCr", "LAB"]
)
def test_reads_every_pixel_type(mode: str) -> None:
    if mode == "LAB":
        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        image = ImageCms.applyTransform(drawn(), to_lab)
        assert image is not None
    elif mode == "I;16":
        image = Image.fromarray(np.asarray(drawn().convert("L")).astype(np.uint16) * 257)
    elif mode == "P":
        image = drawn().quantize(16)
    else:
        image = drawn().convert(mode)
    picture = decode(encoded(image, "tiff" if mode in ("CMYK", "F", "I", "YCbCr", "LAB", "LA") else "png"))
    assert picture.pixels.shape == (48, 64, 3)
    assert min(corner_colors(picture.pixels)[3]) >= 254
    if mode in ("P", "RGB", "RGBA", "LAB"):
        np.testing.assert_allclose(corner_colors(picture.pixels), QUARTERS, atol=12 if mode == "LAB" else 4)
    if mode in ("L", "I;16"):
        np.testing.assert_allclose(corner_colors(picture.pixels)[0], [81, 81, 81], atol=1)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_reads_grey_and_cmyk_jpeg(mode: str) -> None:
    picture = decode(encoded(drawn(640, 480).convert(mode), "jpeg"), max_side_px=64)
    assert picture.pixels.shape == (48, 64, 3)
    assert min(corner_colors(picture.pixels)[3]) >= 250


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["jpeg", "png", "webp", "tiff"])
def test_honours_exif_orientation(orientation: int, picture_format: str) -> None:
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = drawn() if stored is None else drawn().transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, picture_format, exif=exif.tobytes() if picture_format != "tiff" else exif)
    assert decode(data).info == PictureInfo(picture_format, 64, 48)
    np.testing.assert_allclose(corner_colors(decode(data).pixels), QUARTERS, atol=6)
    assert decode(data, max_side_px=32).pixels.shape == (24, 32, 3)


@pytest.mark.parametrize("picture_format", FORMATS)
def test_shrinks_but_never_enlarges(picture_format: str) -> None:
    data = encoded(drawn(300, 200), picture_format)
    assert decode(data, max_side_px=75).pixels.shape == (50, 75, 3)
    assert decode(data, max_side_px=75).info == PictureInfo(picture_format, 300, 200)
    assert decode(data, max_side_px=1000).pixels.shape == (200, 300, 3)


@pytest.mark.parametrize("max_side_px", [149, 150, 151, 250, 600, 1199, 1200])
def test_reduced_jpeg_decoding_stays_close_to_shrinking_the_whole(max_side_px: int) -> None:
    rows, columns = np.mgrid[0:900, 0:1200]
    waves = np.stack([np.sin(rows / 90), np.cos(columns / 80), np.sin((rows + columns) / 100)], axis=-1)
    image = Image.fromarray((127 + 120 * waves).astype(np.uint8))
    fast = decode(encoded(image, "jpeg"), max_side_px=max_side_px).pixels
    slow = decode(encoded(image, "png"), max_side_px=max_side_px).pixels
    assert fast.shape == slow.shape
    assert np.abs(fast.astype(int) - slow).mean() < 1.5


def test_decodes_the_same_bytes_the_same_way() -> None:
    data = encoded(drawn(640, 480), "jpeg")
    np.testing.assert_array_equal(decode(data, max_side_px=100).pixels, decode(data, max_side_px=100).pixels)


def test_lays_transparent_pictures_on_white_and_keeps_their_opacity_apart() -> None:
    image = drawn().convert("RGBA")
    image.putalpha(Image.fromarray(np.repeat(np.uint8([[0, 128]]), [32, 32], axis=1).repeat(48, axis=0)))
    data = encoded(image, "png")
    picture, layers = decode(data), decode_with_alpha(data)
    assert corner_colors(picture.pixels)[0] == [255, 255, 255]
    np.testing.assert_allclose(corner_colors(picture.pixels)[1], [142, 207, 147], atol=1)
    assert layers.alpha is not None
    assert layers.alpha[8, 8] == 0
    assert layers.alpha[8, -8] == 128
    assert decode_with_alpha(encoded(drawn(), "png")).alpha is None


def test_hidden_colours_do_not_bleed_when_a_transparent_picture_shrinks() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., :] = (255, 0, 0, 0)
    pixels[:, 1::2] = (0, 0, 255, 255)
    shrunk = decode_with_alpha(encoded(Image.fromarray(pixels), "png"), max_side_px=32)
    assert shrunk.pixels[10, 10].tolist() == [0, 0, 255]


def test_converts_wide_gamut_colours_to_srgb() -> None:
    # A profile with primaries swapped (RGB to BRG) shows plainly whether it was used.
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", srgb[128:132])[0]
    tags = {srgb[132 + 12 * i : 136 + 12 * i].decode(): 132 + 12 * i for i in range(count)}
    places = {
        name: struct.unpack(">I", srgb[tags[name] + 4 : tags[name] + 8])[0] for name in ("rXYZ", "bXYZ")
    }
    red = srgb[places["rXYZ"] : places["rXYZ"] + 20]
    srgb[places["rXYZ"] : places["rXYZ"] + 20] = srgb[places["bXYZ"] : places["bXYZ"] + 20]
    srgb[places["bXYZ"] : places["bXYZ"] + 20] = red
    for picture_format in ("jpeg", "png"):
        picture = decode(encoded(drawn(), picture_format, icc_profile=bytes(srgb)))
        np.testing.assert_allclose(corner_colors(picture.pixels)[0], [30, 30, 200], atol=8)


@pytest.mark.parametrize("picture_format", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_broken_profile_is_as_good_as_none(picture_format: str, mode: str) -> None:
    broken = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:200]
    data = encoded(drawn().convert(mode), picture_format, icc_profile=broken)
    plain = encoded(drawn().convert(mode), picture_format)
    np.testing.assert_array_equal(decode(data).pixels, decode(plain).pixels)


def test_a_profile_for_another_pixel_type_is_as_good_as_none() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(drawn().convert("CMYK"), "jpeg", icc_profile=profile)
    np.testing.assert_array_equal(
        decode(data).pixels, decode(encoded(drawn().convert("CMYK"), "jpeg")).pixels
    )


def test_takes_the_first_frame_and_the_first_page() -> None:
    others = [Image.new("RGB", (64, 48), "black")] * 2
    for picture_format in ("gif", "tiff", "webp"):
        options = {"lossless": True} if picture_format == "webp" else {}
        data = encoded(drawn(), picture_format, save_all=True, append_images=others, **options)
        np.testing.assert_allclose(corner_colors(decode(data).pixels), QUARTERS, atol=1)


def test_lets_no_warning_of_a_decoder_escape() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(drawn(), "jpeg", exif=exif.tobytes().replace(b"Exif\0\0MM", b"Exif\0\0XX"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode(data)
    assert caught == []
