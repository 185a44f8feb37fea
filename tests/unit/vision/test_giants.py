"""Pictures of many megapixels: what is looked at is in memory, and the rest once at most."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from tests.support import bombs
from tests.unit.vision.drawn import QUARTERS, corner_colors, drawn, encoded
from vision.picture import PictureLimits, decode, decode_cheaply
from vision.region import Rectangle

WIDE, HIGH = 5000, 3400
MIB_A_MEGAPIXEL = 6.2
"""Pillow's copy of RGB takes 3.8; a second copy of all of a picture 2.9 more."""

PEAK = """
import sys
from pathlib import Path
from tests.unit.vision.drawn import FORMATS, drawn, encoded
from vision.picture import PictureLimits, decode, decode_cheaply
from vision.region import Rectangle

def mib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024

for each in FORMATS:
    decode(encoded(drawn(300, 300), each), max_side_px=100)
rest = mib("VmHWM")
for file in sys.argv[1:]:
    data = Path(file).read_bytes()
    decode(data, max_side_px=1000, region=Rectangle(100, 900, 900, 1200))
    decode(data, max_side_px=1000, region=Rectangle(100, 900, 1900, 1500))
    decode_cheaply(data, PictureLimits(), 480, Rectangle(100, 900, 900, 900))
    if not file.endswith("png"):
        decode(data, max_side_px=480)
        decode_cheaply(data, PictureLimits(), 480)
print(mib("VmHWM") - rest)
"""


@pytest.fixture(scope="module")
def heic() -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(drawn(WIDE, HIGH)).save(file, quality=60, enc_params={"preset": "ultrafast"})
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux, which tells the peak")
def test_a_part_of_a_giant_takes_the_memory_of_one_copy(tmp_path: Path, heic: bytes) -> None:
    files = {
        "a.jpeg": bombs.flat((WIDE, HIGH), "RGB", "jpeg"),
        "a.png": bombs.flat_png((WIDE, HIGH), 2, 3),
        "a.heic": heic,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-c", PEAK, *(str(tmp_path / name) for name in files)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(ran.stdout) < MIB_A_MEGAPIXEL * WIDE * HIGH / 1e6


@pytest.mark.slow
def test_a_giant_heic_looks_as_a_small_one(heic: bytes) -> None:
    small = encoded(drawn(WIDE // 10, HIGH // 10), "heic")
    for side in (480, 100):
        seen, expected = (decode(each, max_side_px=side).pixels for each in (heic, small))
        assert np.abs(seen.astype(int) - expected).mean() < 2
        np.testing.assert_allclose(corner_colors(seen), QUARTERS, atol=6)
    part = decode(heic, max_side_px=480, region=Rectangle(2400, 1600, 400, 300)).pixels
    np.testing.assert_allclose(corner_colors(part), QUARTERS, atol=6)
    cheap = decode_cheaply(heic, PictureLimits(), 480).pixels
    assert cheap.shape == (HIGH // 2, WIDE // 2, 3)  # a drawing is thinned, not averaged
    np.testing.assert_allclose(corner_colors(cheap), QUARTERS, atol=6)


@pytest.mark.slow
def test_a_giant_in_several_scans_is_halved_where_a_size_is_asked_for() -> None:
    data = bombs.flat((6000, 5100), "L", "jpeg", progressive=True)
    part = Rectangle(0, 0, 500, 400)
    assert decode(data, max_side_px=480, region=part).pixels.shape == (200, 250, 3)
    assert decode(data, region=part).pixels.shape == (400, 500, 3)
    plain = bombs.flat((6000, 5100), "L", "jpeg")
    assert decode(plain, max_side_px=480, region=part).pixels.shape == (384, 480, 3)


def test_cmyk_is_cut_like_any_other() -> None:
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[100:, 150:] = (0, 255, 255, 0)
    data = encoded(Image.fromarray(pixels, "CMYK"), "jpeg")
    for side in (None, 40):
        seen = decode(data, max_side_px=side, region=Rectangle(160, 110, 80, 60)).pixels
        assert seen[..., 0].min() > 220
        assert seen[..., 1:].max() < 90
