"""Files that the app is given."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from PIL import Image

from lienzo_client import InvalidPicture
from lienzo_client.app.photo import MAX_FILE_BYTES, from_frame, read_photo


def refusal(path: Path) -> str:
    with pytest.raises(InvalidPicture) as refused:
        read_photo(path)
    return refused.value.reason


def test_a_picture_of_forty_megabytes_travels_small(tmp_path: Path) -> None:
    path = tmp_path / "large.bmp"
    Image.effect_noise((420, 320), 20).resize((4200, 3200)).convert("RGB").save(path)
    assert path.stat().st_size > 40_000_000
    photo = read_photo(path)
    assert len(photo.data) <= 300_000
    assert max(photo.pixels.size) == 1024


def test_shows_a_picture_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    Image.new("RGB", (40, 20)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_photo(tmp_path / "turned.jpg").pixels.size == (20, 40)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_tells_the_size_of_the_file_upright(tmp_path: Path, ending: str) -> None:
    exif, path = Image.Exif(), tmp_path / f"turned.{ending}"
    exif[0x0112] = 6
    Image.new("RGB", (1500, 1100)).save(path, exif=exif)
    assert read_photo(path).file_px == (1100, 1500)


def test_a_text_file_named_jpg_is_not_a_picture(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture\n" * 100)
    assert refusal(tmp_path / "text.jpg") == "NOT_A_PICTURE"


def test_an_empty_file_is_not_a_picture(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert refusal(tmp_path / "empty.jpg") == "NOT_A_PICTURE"


def test_half_a_picture_is_damaged(tmp_path: Path) -> None:
    Image.effect_noise((400, 300), 60).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    assert refusal(tmp_path / "half.jpg") in ("DAMAGED_PICTURE", "TRUNCATED_PICTURE")


def test_refuses_a_file_that_no_camera_writes_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert refusal(tmp_path / "huge.jpg") == "PICTURE_TOO_LARGE"


def test_refuses_a_small_file_with_enormous_pixels(tmp_path: Path) -> None:
    header = b"\0\0\0\x0dIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x01\0\0\0\0"
    png = b"\x89PNG\r\n\x1a\n" + header + zlib.crc32(header[4:]).to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(png + b"\0\0\0\x01IDAT\0" + zlib.crc32(b"IDAT\0").to_bytes(4, "big"))
    assert refusal(tmp_path / "bomb.png") == "TOO_MANY_PIXELS"


def test_refuses_what_may_never_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refusal(tmp_path / "pipe.jpg") == "NOT_A_FILE"
    assert refusal(Path("/dev/zero")) == "NOT_A_FILE"
    assert refusal(tmp_path) == "NOT_A_FILE"


def test_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.jpg") == "UNREADABLE_FILE"
    assert refusal(Path("nul\0.jpg")) == "UNREADABLE_FILE"


def test_a_frame_becomes_a_photo() -> None:
    photo = from_frame(Image.new("RGBA", (640, 480), (200, 30, 30, 255)))
    assert photo.name == ""
    assert photo.data.startswith(b"\xff\xd8")
    assert photo.pixels.size == (640, 480)
