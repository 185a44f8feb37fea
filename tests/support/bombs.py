"""Small files that ask a decoder for far more memory or time than they look like."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Final

from PIL import Image

LIMIT_SIDES: Final = (8000, 6250)
"""Width and height of a picture that just keeps the limit of 50 megapixels."""

_SHORT, _LONG, _BYTES = 3, 4, 7
_DEFLATE = 8


def tiff(entries: Iterable[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    """Writes a little-endian TIFF of one directory: tag, type, count and value of each entry, then `tail`."""
    rows = sorted(entries)
    directory = b"".join(struct.pack("<HHLL", *row) for row in rows)
    return b"II*\0" + struct.pack("<LH", 8, len(rows)) + directory + bytes(4) + tail


def flat_tiff(
    size: tuple[int, int],
    block: tuple[int, int],
    *,
    bits: int,
    samples: int,
    tiled: bool,
    floats: bool = False,
) -> bytes:
    """Writes a TIFF of zeros, deflated.

    Args:
        size: Width and height.
        block: Width and height of a tile, or of a strip.
        bits: Bits of a sample.
        samples: Samples of a pixel.
        tiled: Whether the blocks are tiles.
        floats: Whether samples are floating-point numbers.
    """
    content = deflated_zeros(block[0] * block[1] * samples * bits // 8)
    blocks = -(-size[0] // block[0]) * -(-size[1] // block[1])
    at, sizes = 8 + 2 + 12 * (13 if tiled else 12) + 4, struct.pack("<L", len(content)) * blocks
    bit_counts = struct.pack("<H", bits) * samples
    data_at = at + 8 * blocks + len(bit_counts)
    offsets = struct.pack("<L", data_at) * blocks
    first, second = (data_at, len(content)) if blocks == 1 else (at, at + 4 * blocks)
    layout = (
        [(322, _LONG, 1, block[0]), (323, _LONG, 1, block[1]), (324, _LONG, blocks, first)]
        if tiled
        else [(273, _LONG, blocks, first), (278, _LONG, 1, block[1])]
    )
    entries = [
        (256, _LONG, 1, size[0]),
        (257, _LONG, 1, size[1]),
        (258, _SHORT, samples, at + 8 * blocks if samples > 2 else bits * (65537 if samples == 2 else 1)),
        (259, _SHORT, 1, _DEFLATE),
        (262, _SHORT, 1, 2 if samples > 2 else 1),
        (277, _SHORT, 1, samples),
        (279 if not tiled else 325, _LONG, blocks, second),
        (284, _SHORT, 1, 1),
        (339, _SHORT, 1, 3 if floats else 1),
        (282, _SHORT, 1, 1),
        *layout,
    ]
    return tiff(entries, offsets + sizes + bit_counts + content)


def tiff_of_overlapping_tags() -> bytes:
    """Writes a TIFF of 1 MiB whose thousands of entries all point to the same megabyte."""
    private = [(32768 + number, _BYTES, 2**20, 8) for number in range(3000)]
    plain = [(256, _SHORT, 1, 64), (257, _SHORT, 1, 64), (258, _SHORT, 1, 8), (262, _SHORT, 1, 1)]
    rest = [(273, _LONG, 1, 8), (278, _LONG, 1, 64), (279, _LONG, 1, 4096)]
    return tiff([*plain, *rest, *private], bytes(2**20))


def jpeg_of_scans(size: tuple[int, int], scans: int) -> bytes:
    """Writes a progressive JPEG whose last scan is repeated."""
    file = io.BytesIO()
    Image.new("RGB", size, (90, 120, 60)).save(file, "jpeg", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def jpeg_of_components(size: tuple[int, int]) -> bytes:
    """Writes a JPEG, not progressive, that has a scan of its own for each of three components.

    Decoders keep all of it until the last scan, whatever size they reduce it to.
    """
    file = io.BytesIO()
    Image.new("L", size, 120).save(file, "jpeg")
    data = file.getvalue()
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    length = struct.pack(">H", 8 + len(components))
    in_three = data[:frame] + b"\xff\xc0" + length + data[frame + 4 : frame + 9] + b"\3" + components
    pixels = data[scan + 10 : -2]
    scans = [b"\xff\xda\0\x08\1" + bytes((number, 0, 0, 63, 0)) + pixels for number in (1, 2, 3)]
    return in_three + data[frame + 13 : scan] + b"".join(scans) + data[-2:]


def jpeg_that_says(size: tuple[int, int], data: bytes) -> bytes:
    """Changes the size in the header of a JPEG that is not progressive, and nothing behind it."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", size[1], size[0]) + data[at + 4 :]


def jpeg_of_segments(count: int) -> bytes:
    """Writes a JPEG with so many empty comments before the picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "jpeg")
    return file.getvalue()[:2] + b"\xff\xfe\0\2" * count + file.getvalue()[2:]


def chunk(name: bytes, content: bytes) -> bytes:
    """Writes a chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def flat_png(size: tuple[int, int], color_type: int, channels: int, *chunks: bytes, bits: int = 8) -> bytes:
    """Writes a PNG of zeros, with further chunks before the pixels."""
    head = struct.pack(">IIBBBBB", *size, bits, color_type, 0, 0, 0)
    pixels = deflated_zeros((1 + size[0] * channels * bits // 8) * size[1])
    parts = [chunk(b"IHDR", head), *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif_of_comments(size_bytes: int) -> bytes:
    """Writes a GIF with a comment of so many bytes before the picture."""
    file = io.BytesIO()
    Image.new("P", (64, 64)).save(file, "gif")
    data = file.getvalue()
    first = 13 + 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 128 else 13
    return data[:first] + b"!\xfe" + (b"\xff" + b"c" * 255) * (size_bytes // 256) + b"\0" + data[first:]


def gif_of_canvas(width: int, height: int) -> bytes:
    """Writes a GIF of one pixel on a canvas of the given size."""
    file = io.BytesIO()
    Image.new("P", (1, 1)).save(file, "gif")
    return file.getvalue()[:6] + struct.pack("<HH", width, height) + file.getvalue()[10:]


def bmp_of_runs(width: int, height: int) -> bytes:
    """Writes a run-length encoded BMP in which every run is one pixel."""
    pixels = (b"\1\0" * width + b"\0\0") * height + b"\0\1"
    head = struct.pack("<LllHHLLllLL", 40, width, height, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    at = 14 + len(head) + 1024
    return b"BM" + struct.pack("<LHHL", at + len(pixels), 0, 0, at) + head + bytes(1024) + pixels


def flat(size: tuple[int, int], mode: str, picture_format: str, **options: object) -> bytes:
    """Writes a picture of one colour with Pillow."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, picture_format, **options)
    return file.getvalue()


def deflated_zeros(count: int) -> bytes:
    """Deflates so many zeros, at most a gigabyte a millisecond: a deflated megabyte is repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count & (2**20 - 1))) + packer.flush()
    checksum = struct.pack(">L", count % 65_521 << 16 | 1)  # Adler-32 of zeros
    return b"\x78\xda" + megabyte * (count >> 20) + rest + checksum


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "TIFF of 64×64 in a tile of 26,000²": lambda: flat_tiff(
        (64, 64), (26_000, 26_000), bits=8, samples=3, tiled=True
    ),
    "TIFF of floats in strips": lambda: flat_tiff(
        LIMIT_SIDES, (LIMIT_SIDES[0], 250), bits=32, samples=1, tiled=False, floats=True
    ),
    "TIFF in one strip": lambda: flat_tiff(LIMIT_SIDES, LIMIT_SIDES, bits=8, samples=3, tiled=False),
    "TIFF of 16 bits": lambda: flat_tiff(LIMIT_SIDES, (8000, 250), bits=16, samples=3, tiled=False),
    "TIFF of 3,000 tags over one megabyte": tiff_of_overlapping_tags,
    "PNG, RGBA": lambda: flat_png(LIMIT_SIDES, 6, 4),
    "PNG, RGBA of 16 bits": lambda: flat_png(LIMIT_SIDES, 6, 4, bits=16),
    "PNG, colour with a transparent one": lambda: flat_png(LIMIT_SIDES, 2, 3, chunk(b"tRNS", bytes(6))),
    "PNG with 66 texts of a megabyte": lambda: flat_png(
        (64, 64), 2, 3, *[chunk(b"zTXt", b"a\0\0" + deflated_zeros(2**20)) for _ in range(66)]
    ),
    "PNG with a text of a gigabyte": lambda: flat_png(
        (64, 64), 2, 3, chunk(b"iTXt", b"a\0\1\0\0\0" + deflated_zeros(2**30))
    ),
    "PNG with a profile of a gigabyte": lambda: flat_png(
        (64, 64), 2, 3, chunk(b"iCCP", b"a\0\0" + deflated_zeros(2**30))
    ),
    "PNG of 300,000 chunks": lambda: flat_png((64, 64), 2, 3, chunk(b"prIv", b"") * 300_000),
    "WebP, RGBA": lambda: flat((6000, 4000), "RGBA", "webp", lossless=True, method=0),
    "JPEG of 20,000 scans": lambda: jpeg_of_scans((2000, 2000), 20_000),
    "JPEG of 80 scans": lambda: jpeg_of_scans((5000, 4000), 80),
    "JPEG of a million comments": lambda: jpeg_of_segments(1_000_000),
    "GIF with a canvas of 65,535²": lambda: gif_of_canvas(65_535, 65_535),
    "BMP of two million runs": lambda: bmp_of_runs(2000, 1000),
}
