"""Pictures are made small before they travel, and stay what they are."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from lienzo_client import InvalidPicture
from lienzo_client.images import shrunk


def photograph(width: int, height: int, quality: int = 95, **saved: object) -> bytes:
    """Smooth shapes with the noise of a camera; red on the left, blue on the right."""
    grain = np.random.default_rng(0).integers(0, 12, (500, 500), np.uint8)
    noise = np.tile(grain, (height // 500 + 1, width // 500 + 1))[:height, :width]
    ramp = np.linspace(0, 200, width).astype(np.uint8)[None, :]
    pixels = np.stack([200 - ramp + noise, 60 + noise, ramp + noise], axis=2)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality, **saved)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_photo_of_twelve_megapixels_becomes_three_hundred_kilobytes() -> None:
    large = photograph(4000, 3000)
    small = shrunk(large)
    assert len(large) > 2_000_000
    assert len(small) <= 300_000
    assert (opened(small).format, opened(small).size) == ("JPEG", (1024, 768))


def test_a_small_picture_is_sent_as_it_is() -> None:
    small = photograph(640, 480)
    assert shrunk(small) == small


def test_the_result_is_upright_and_says_so() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side, to be turned a quarter clockwise
    small = opened(shrunk(photograph(2000, 1000, exif=exif)))
    assert small.size == (512, 1024)
    assert small.getexif().get(0x0112, 1) == 1
    top, bottom = small.getpixel((256, 10)), small.getpixel((256, 1010))
    assert top[0] > top[2]
    assert bottom[2] > bottom[0]


def test_what_is_transparent_stays_transparent() -> None:
    picture = Image.new("RGBA", (2000, 1000), (200, 20, 20, 255))
    picture.paste((0, 0, 0, 0), (1000, 0, 2000, 1000))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    small = opened(shrunk(stream.getvalue(), max_bytes=1000))
    assert small.format == "WEBP"
    assert small.getpixel((100, 100))[3] == 255
    assert small.getpixel((900, 100))[3] == 0


def test_colours_of_another_space_become_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    small = opened(shrunk(photograph(2000, 1000, icc_profile=lab)))
    assert "icc_profile" not in small.info
    red, _, blue = small.getpixel((50, 256))
    assert red > blue


def test_heic_is_read(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "photo.heic"
    pillow_heif.from_pillow(opened(photograph(240, 180))).save(path, quality=90)
    assert opened(shrunk(path, max_side_px=120)).size == (120, 90)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"just text", "NOT_A_PICTURE"),
        (b"", "NOT_A_PICTURE"),
        (photograph(2000, 1500)[:50_000], "DAMAGED_PICTURE"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "NOT_A_PICTURE"),
    ],
)
def test_what_cannot_be_read_here_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidPicture) as caught:
        shrunk(data)
    assert caught.value.reason == reason


def test_a_missing_file_is_named() -> None:
    with pytest.raises(InvalidPicture, match=r"nowhere\.jpg: no such file"):
        shrunk("nowhere.jpg")
