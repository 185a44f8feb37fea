"""Small files that ask for much memory or time: each is refused in words, before it costs anything."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import pytest

from tests.support import bombs
from tests.unit.vision.drawn import drawn, encoded
from vision.decoding.budget import turn
from vision.decoding.header import read_header
from vision.errors import DamagedPicture, PictureError, TooManyPixels, TooMuchToDecode
from vision.picture import PictureLimits, decode, decode_cheaply, decode_with_alpha

LARGE_FILES = PictureLimits(max_bytes=2**27)
ELSEWHERE = {
    "PNG with 66 texts of a megabyte": DamagedPicture,
    "PNG with a text of a gigabyte": DamagedPicture,
    "PNG with a profile of a gigabyte": DamagedPicture,
    "GIF with a canvas of 65,535²": TooManyPixels,
}

MEASURED = """
import resource, sys
from tests.support.bombs import BOMBS
from tests.unit.vision.drawn import FORMATS, drawn, encoded
from vision.errors import PictureError
from vision.picture import decode

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

files = [make() for name, make in BOMBS.items() if name.startswith(("TIFF", "PNG", "BMP"))]
for each in FORMATS:
    decode(encoded(drawn(300, 300), each), max_side_px=100)
rest = peak_mib()
for data in files:
    try:
        decode(data, max_side_px=480)
    except PictureError:
        pass
print(peak_mib() - rest)
"""


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_refuses_a_bomb_at_once(name: str) -> None:
    data = bombs.BOMBS[name]()
    assert len(data) <= PictureLimits().max_bytes
    began = time.process_time()
    with pytest.raises(PictureError) as caught:
        decode(data, max_side_px=480)
    assert time.process_time() - began < 1
    assert type(caught.value) is ELSEWHERE.get(name, TooMuchToDecode)
    assert caught.value.details


def test_reads_a_gif_behind_a_long_comment() -> None:
    began = time.process_time()
    assert decode(bombs.gif_of_comments(19 * 2**20)).info.width_px == 64
    assert time.process_time() - began < 1


@pytest.mark.slow
def test_bombs_take_no_memory() -> None:
    grown = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    assert int(grown.stdout) < 128


def test_zeros_are_deflated_as_zlib_does() -> None:
    assert zlib.decompress(bombs.deflated_zeros(3 * 2**20 + 77)) == bytes(3 * 2**20 + 77)


def test_decoded_bytes_are_a_limit_of_their_own() -> None:
    data = encoded(drawn(200, 100).convert("RGBA"), "png")
    assert decode(data, PictureLimits(max_decoded_bytes=80_000)).info.width_px == 200
    with pytest.raises(TooMuchToDecode, match="80000 bytes of samples; at most 79999"):
        decode(data, PictureLimits(max_decoded_bytes=79_999))


@pytest.mark.parametrize(
    ("bits", "samples", "floats", "needed"), [(8, 3, False, 3), (16, 3, False, 6), (32, 1, True, 4)]
)
def test_depth_and_channels_of_a_tiff_count(bits: int, samples: int, floats: bool, needed: int) -> None:
    data = bombs.flat_tiff((100, 100), (100, 10), bits=bits, samples=samples, tiled=False, floats=floats)
    enough = PictureLimits(max_decoded_bytes=11_000 * needed)
    assert decode(data, enough).pixels.max() == 0
    with pytest.raises(TooMuchToDecode):
        decode(data, PictureLimits(max_decoded_bytes=9_999 * needed))


def test_a_tile_counts_as_it_is_decoded() -> None:
    data = bombs.flat_tiff((64, 64), (1024, 1024), bits=8, samples=3, tiled=True)
    assert decode(data).pixels.shape == (64, 64, 3)
    with pytest.raises(TooMuchToDecode):
        decode(data, PictureLimits(max_decoded_bytes=3 * 1024 * 1024))


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([(256, 3, 1, 64), (256, 3, 1, 26_000)], "tag 256 stands twice"),
        ([(256, 5, 1, 8)], "tag 256 has no whole number"),
        ([(259, 3, 0, 0)], "tag 259 has no whole number"),
        ([(322, 4, 5000, 8)], "the values in its directory"),
    ],
)
def test_refuses_a_tiff_that_two_readers_may_read_differently(
    entries: list[tuple[int, int, int, int]], problem: str
) -> None:
    with pytest.raises(DamagedPicture, match=problem):
        decode(bombs.tiff(entries, bytes(64)))


def test_refuses_progressive_jpegs_inside_a_tiff() -> None:
    data = encoded(drawn(64, 64), "tiff", compression="tiff_jpeg")
    assert decode(data).info.format == "tiff"
    with pytest.raises(TooMuchToDecode, match="progressive"):
        decode(data.replace(b"\xff\xc0\0", b"\xff\xc2\0"))


def test_reads_a_progressive_jpeg_of_any_usual_script() -> None:
    assert decode(encoded(drawn(300, 200), "jpeg", progressive=True)).pixels.shape == (200, 300, 3)
    assert decode(bombs.jpeg_of_scans((300, 200), 60)).pixels.shape == (200, 300, 3)
    with pytest.raises(TooMuchToDecode, match="scans"):
        decode(bombs.jpeg_of_scans((300, 200), 200))


@pytest.mark.parametrize(
    ("file", "side_px", "waits"),
    [
        (encoded(drawn(64, 64), "jpeg"), 480, False),  # reduced while it is decoded
        (encoded(drawn(64, 64), "jpeg"), 20_000, True),  # a small region of it is looked at
        (encoded(drawn(64, 64), "jpeg"), None, True),
        (bombs.jpeg_of_components((64, 64)), 480, True),
    ],
    ids=["reduced", "a region of it", "whole", "a scan for each component"],
)
def test_one_giant_is_in_memory_at_a_time(file: bytes, side_px: int | None, waits: bool) -> None:
    first = bombs.flat_png((8000, 6000), 2, 3)
    giant = bombs.jpeg_that_says((8000, 6000), file)
    entered = threading.Event()

    def enter() -> None:
        with turn(giant, read_header(giant), side_px):
            entered.set()

    other = threading.Thread(target=enter)
    with turn(first, read_header(first), 480):
        other.start()
        assert entered.wait(0.1 if waits else 10) is not waits
    other.join()
    assert entered.is_set()


def test_reads_a_jpeg_with_a_scan_for_each_component() -> None:
    picture = decode(bombs.jpeg_of_components((300, 200)), max_side_px=100)
    assert picture.pixels.shape == (67, 100, 3)
    assert np.ptp(picture.pixels.reshape(-1, 3), axis=0).max() <= 2


def test_reads_a_run_length_encoded_bmp() -> None:
    assert decode(bombs.bmp_of_runs(100, 50)).info.format == "bmp"


@pytest.mark.slow
def test_giants_have_the_colours_of_small_pictures() -> None:
    small, giant = drawn(700, 500), drawn(4900, 3500)
    for mode in ("RGBA", "P"):
        expected = decode(encoded(small.convert(mode), "tiff"), max_side_px=70).pixels
        found = decode_with_alpha(encoded(giant.convert(mode), "tiff"), LARGE_FILES, max_side_px=70)
        assert abs(found.pixels.astype(int) - expected).max() <= 4
        assert (found.alpha is None) is (mode != "RGBA")


@pytest.mark.slow
def test_a_giant_drawing_keeps_its_colours_unmixed() -> None:
    pixels = decode_cheaply(encoded(drawn(6000, 4000), "tiff"), LARGE_FILES, 480).pixels
    assert pixels.shape == (2000, 3000, 3)
    assert len({tuple(each) for each in pixels.reshape(-1, 3)[::997].tolist()}) == 4
