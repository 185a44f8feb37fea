"""Files that are no picture, or not one that may be read: each is refused in its own words."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from PIL import Image

from tests.unit.vision.drawn import drawn, encoded, png_header
from vision.errors import (
    DamagedPicture,
    EmptyPicture,
    NotAPicture,
    PictureError,
    PictureTooLarge,
    PictureTooSmall,
    TooManyPixels,
    TruncatedPicture,
)
from vision.picture import Picture, PictureLimits, decode


def test_rejects_an_empty_file_in_its_own_words() -> None:
    with pytest.raises(EmptyPicture, match="the file is empty"):
        decode(b"")


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
    with pytest.raises(TooManyPixels) as caught:
        decode(bomb)
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


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "group4"])
def test_libtiff_does_not_speak_to_the_terminal(compression: str, capfd: pytest.CaptureFixture[str]) -> None:
    noise = Image.effect_noise((100, 100), 80).convert("1" if compression == "group4" else "L")
    data = bytearray(encoded(noise, "tiff", compression=compression))
    start = 8 if data[4] != 8 else 500
    data[start : start + 100] = bytes(range(100, 200))
    with contextlib.suppress(PictureError):
        decode(bytes(data))
    assert capfd.readouterr() == ("", "")
