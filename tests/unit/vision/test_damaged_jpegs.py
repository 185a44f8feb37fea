"""JPEGs of which a part is missing or spoilt: what libjpeg fills with grey is refused."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from PIL import Image

from tests.unit.vision.drawn import drawn, encoded
from vision.errors import DamagedPicture
from vision.palette import extract_palette
from vision.picture import PictureLimits, decode, decode_cheaply

NOISE = Image.fromarray(np.random.default_rng(3).integers(0, 256, (240, 320, 3), np.uint8))
END = b"\xff\xd9"


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_refuses_a_picture_that_was_cut_and_closed_again(kept: float, mode: str) -> None:
    data = encoded(NOISE.convert(mode), "jpeg")
    cut = data[: int(len(data) * kept)].rstrip(b"\xff") + END
    with pytest.raises(DamagedPicture, match="the lower part of the picture is missing"):
        decode(cut)
    with pytest.raises(DamagedPicture):
        decode(cut, max_side_px=50)


def test_refuses_a_picture_without_any_data() -> None:
    data = encoded(NOISE, "jpeg")
    start = data.index(b"\xff\xda")
    with pytest.raises(DamagedPicture):
        extract_palette(data[: start + 2 + int.from_bytes(data[start + 2 : start + 4])] + END, 3)


def test_refuses_a_picture_whose_data_a_marker_breaks_off() -> None:
    data = encoded(NOISE, "jpeg")
    middle = len(data) // 2
    with pytest.raises(DamagedPicture):
        decode(data[:middle] + b"\xff\x03" + data[middle + 2 :])


def test_refuses_a_progressive_picture_that_breaks_off_in_its_first_scan() -> None:
    data = encoded(NOISE, "jpeg", progressive=True, quality=50)
    first, second = (data.index(b"\xff\xda", at) for at in (0, data.index(b"\xff\xda") + 2))
    with pytest.raises(DamagedPicture):
        decode(data[: (first + second) // 2] + END)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"optimize": True}]
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_reads_a_grey_picture_that_is_complete(mode: str, options: dict[str, object]) -> None:
    grey = Image.new("RGB", (320, 240), (128, 128, 128)).convert(mode)
    pixels = decode(encoded(grey, "jpeg", **options)).pixels
    assert (np.abs(pixels.astype(int) - 128) <= 1).all()


def test_reads_a_picture_that_is_grey_below() -> None:
    card = drawn(320, 240)
    card.paste((128, 128, 128), (0, 120, 320, 240))
    data = encoded(card, "jpeg")
    assert (decode(data).pixels[-1] == 128).all()
    assert (decode_cheaply(data, PictureLimits(), 40).pixels[-1] == 128).all()


def test_libjpeg_does_not_speak_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    for options in ({}, {"progressive": True}):
        whole = encoded(drawn(320, 240), "jpeg", **options)
        for _ in range(20):
            data = bytearray(whole)
            at = int(random.integers(650, len(data) - 40))
            data[at : at + 30] = random.bytes(30)
            with contextlib.suppress(DamagedPicture):
                decode(bytes(data))
    assert capfd.readouterr() == ("", "")
