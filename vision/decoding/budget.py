"""Bounds what decoding may take, from the header, before a decoder sees the file.

Memory is bounded by the bytes of the decoded samples, time by the pieces that are read one by one.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vision.decoding import jpeg, tiff
from vision.decoding.formats import FORMAT_NAMES
from vision.decoding.header import Header
from vision.errors import TooMuchToDecode

# Writers put 8 KiB and more into a chunk, so that 20 MiB are a few thousand; Pillow reads each in Python.
_MAX_CHUNKS = 20_000
# Pillow decodes run-length encoded BMPs in Python, a run in half a microsecond.
_MAX_RUN_BYTES, _MAX_RUN_PIXELS = 2 * 2**20, 4_000_000
_RUN_LENGTHS = (1, 2)
# Two such pictures are not decoded at the same time: 16 megapixels of RGB.
_GIANT_BYTES = 48_000_000
_GIANTS = threading.Lock()

_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# libwebp's animation decoder, which Pillow uses for every file, keeps canvases beside the result.
_WEBP_PIXEL_BYTES = 8
_SAMPLE_BYTES = {"I": 4, "F": 4, "I;16": 2, "I;16B": 2, "I;16L": 2}


def check_framing(data: bytes, picture_format: str) -> None:
    """Checks the number of pieces that reading the header and the pixels goes through.

    Raises:
        TooMuchToDecode: When there are more than any program writes.
        DamagedPicture: When the directory of a TIFF contradicts itself.
    """
    match picture_format:
        case "jpeg":
            jpeg.check_segments(data)
        case "png":
            _check_chunks(data)
        case "tiff":
            tiff.read_layout(data)
        case "bmp":
            _check_runs(data)


def check_budget(data: bytes, header: Header, limit_bytes: int) -> None:
    """Checks what decoding a picture takes.

    Args:
        data: The whole file.
        header: Its header.
        limit_bytes: Most bytes of decoded samples.

    Raises:
        TooMuchToDecode: When it takes more memory or work than allowed.
    """
    needed = decoded_bytes(data, header)
    if needed > limit_bytes:
        problem = f"{needed} bytes of samples; at most {limit_bytes} are decoded"
        raise TooMuchToDecode(FORMAT_NAMES[header.format], problem)
    if header.format == "jpeg":
        jpeg.check_scans(data)


@contextmanager
def turn(data: bytes, header: Header, side_px: int | None) -> Iterator[None]:
    """Waits until no other picture is decoded that takes as much memory; small ones do not wait.

    Args:
        data: The whole file.
        header: Its header.
        side_px: Longer side to which the picture is reduced; None where it is not.
    """
    needed = decoded_bytes(data, header)
    if header.format == "jpeg" and side_px and jpeg.is_reduced_while_decoded(data):
        longer = max(header.image.size)
        needed //= max((n for n in jpeg.REDUCTIONS if longer >= n * side_px), default=1) ** 2
    if needed <= _GIANT_BYTES:
        yield
    else:
        with _GIANTS:
            yield


def decoded_bytes(data: bytes, header: Header) -> int:
    """Computes the bytes of a picture's samples, with what its decoder holds beside them."""
    width, height = header.image.size
    pixels, mode = width * height, header.image.mode
    match header.format:
        case "png":
            bits, color_type = data[24], data[25]
            channels = _PNG_CHANNELS.get(color_type, 4) + ("transparency" in header.image.info)
            return pixels * channels * max(bits // 8, 1)
        case "tiff":
            layout = tiff.read_layout(data)
            copies = 2 if layout.turned else 1
            block = 0 if 10 * layout.block_pixels <= pixels else layout.block_pixels
            return int((pixels * copies + block) * layout.pixel_bytes)
        case "webp":
            return pixels * _WEBP_PIXEL_BYTES
        case _:
            return pixels * len(header.image.getbands()) * _SAMPLE_BYTES.get(mode, 1)


def _check_chunks(data: bytes) -> None:
    position, count = 8, 0
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">L", data, position)
        position, count = position + length + 12, count + 1
        if count > _MAX_CHUNKS:
            raise TooMuchToDecode("PNG", f"more than {_MAX_CHUNKS} chunks")


def _check_runs(data: bytes) -> None:
    if len(data) < 34 or int.from_bytes(data[14:18], "little") < 40:
        return
    width, height, _, _, compression = struct.unpack_from("<llHHL", data, 18)
    if compression in _RUN_LENGTHS and (len(data) > _MAX_RUN_BYTES or abs(width * height) > _MAX_RUN_PIXELS):
        raise TooMuchToDecode(
            "BMP", f"run-length encoded, and above {_MAX_RUN_BYTES} bytes or {_MAX_RUN_PIXELS} pixels"
        )
