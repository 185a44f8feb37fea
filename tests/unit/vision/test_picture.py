"""Pictures drawn here, written in every format, broken in every way, and read back."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image, ImageCms

from vision.errors import (
    DamagedPicture,
    EmptyPicture,
    NotAPicture,
    PictureTooLarge,
    PictureTooSmall,
    TooManyPixels,
    TruncatedPicture,
)
from vision.picture import Picture, PictureInfo, PictureLimits, decode, decode_with_alpha, read_info

FORMATS = ["jpeg", "png", "webp", "gif", "tiff", "bmp", "heic"]


def drawn(width: int = 64, height: int = 48) -> Image.Image:
    """Four flat quarters: red, green above blue, white."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 2, : width // 2] = (200, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 160, 40)
    pixels[height // 2 :, : width // 2] = (30, 40, 190)
    return Image.fromarray(pixels)


def encoded(image: Image.Image, picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    if picture_format == "heic":
        pillow_heif.from_pillow(image).save(file, quality=95)
    else:
        if picture_format == "jpeg":
            options = {"quality": 95, "subsampling": 0, **options}
        image.save(file, picture_format, **options)
    return file.getvalue()


def corner_colors(pixels: npt.NDArray[np.uint8]) -> list[list[int]]:
    return [pixels[y, x].astype(int).tolist() for y in (8, -8) for x in (8, -8)]


QUARTERS = [[200, 30, 30], [30, 160, 40], [30, 40, 190], [255, 255, 255]]


def png_header(width: int, height: int) -> bytes:
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content))
    empty = zlib.compress(b"\0" * 1000)
    body = b"IDAT" + empty
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">I", len(empty))
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\0IEND\xaeB`\x82"
    )


@pytest.mark.parametrize("picture_format", FORMATS)
def test_reads_every_format_by_content(picture_format: str) -> None:
    data = encoded(drawn(), picture_format)
    picture = decode(data)
    assert picture.info == PictureInfo(picture_format, 64, 48) == read_info(data)
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
    assert read_info(data) == PictureInfo(picture_format, 64, 48)
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


def test_rejects_an_empty_file_in_its_own_words() -> None:
    with pytest.raises(EmptyPicture, match="the file is empty"):
        read_info(b"")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        ("Käse und Wörter\n".encode() * 100, "text/plain"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'{"a": 1}', "application/json"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "image/avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0avifmiafxxxx", "image/avif"),
        (b"\0\0\0\x1cftypisom\0\0\0\0", "video/mp4"),
        (bytes(range(256)), "application/octet-stream"),
        (b"\0", "application/octet-stream"),
    ],
)
def test_says_what_a_file_that_is_no_picture_looks_like(data: bytes, media_type: str) -> None:
    with pytest.raises(NotAPicture) as caught:
        decode(data)
    assert caught.value.details == {"media_type": media_type}


@pytest.mark.parametrize("picture_format", ["jpeg", "png", "webp", "gif", "tiff", "bmp", "heic"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_rejects_a_truncated_picture(picture_format: str, kept: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (100, 100, 3), np.uint8)
    data = encoded(Image.fromarray(noise), picture_format)
    with pytest.raises((TruncatedPicture, DamagedPicture)) as caught:
        decode(data[: int(len(data) * kept)])
    if picture_format != "tiff":
        assert isinstance(caught.value, TruncatedPicture)


def test_rejects_a_jpeg_that_lost_only_its_last_rows() -> None:
    data = encoded(drawn(640, 480), "jpeg")
    with pytest.raises(TruncatedPicture):
        decode(data[:-40])
    with pytest.raises(TruncatedPicture):
        decode(data[:-40], max_side_px=100)


def test_reads_a_jpeg_with_something_behind_it() -> None:
    data = encoded(drawn(), "jpeg")
    np.testing.assert_array_equal(decode(data + b"trailer of a phone").pixels, decode(data).pixels)


def test_rejects_a_damaged_picture_with_one_line() -> None:
    data = bytearray(encoded(Image.effect_noise((200, 200), 80), "png"))
    data[600:700] = bytes(100)
    with pytest.raises(DamagedPicture) as caught:
        decode(bytes(data))
    assert "\n" not in str(caught.value)


def test_refuses_a_bomb_before_decoding() -> None:
    bomb = png_header(10_000, 10_000)
    assert len(bomb) < 200
    for read in (read_info, decode):
        with pytest.raises(TooManyPixels) as caught:
            read(bomb)
        assert caught.value.details == {
            "width_px": "10000",
            "height_px": "10000",
            "limit_px": "50000000",
        }
    with pytest.raises(TooManyPixels):
        decode(png_header(2**31 - 1, 2**31 - 1))


def test_checks_bytes_then_pixels_then_the_minimum_side() -> None:
    data = encoded(drawn(), "png")
    nothing = PictureLimits(max_bytes=10, max_pixels=1, min_side_px=100)
    with pytest.raises(PictureTooLarge):
        decode(data, nothing)
    with pytest.raises(TooManyPixels):
        decode(data, PictureLimits(max_pixels=1, min_side_px=100))
    with pytest.raises(PictureTooSmall):
        decode(data, PictureLimits(min_side_px=49))
    assert isinstance(decode(data, PictureLimits(min_side_px=48)), Picture)


def test_rejects_a_picture_of_one_pixel() -> None:
    with pytest.raises(PictureTooSmall, match="1×1"):
        decode(encoded(drawn(1, 1), "png"))


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
