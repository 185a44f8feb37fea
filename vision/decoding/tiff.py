"""Reads the directory of a TIFF before a decoder does, and bounds what it may ask for (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from vision.errors import DamagedPicture, TooMuchToDecode

# Writers have some dozen entries; libraries read each one.
_MAX_ENTRIES = 1_000
# Values that become Python objects: two for each strip or tile, so this is enough for 50 megapixels in tiles
# of 16×16.
_MAX_VALUES = 400_000

_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_BYTES = {1, 2, 6, 7}
_WHOLE = {1: "B", 3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 13: "L", 16: "Q", 17: "q", 18: "Q"}
_MAX_READ_BYTES = 4096
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _ORIENTATION, _SAMPLES, _ROWS = 256, 257, 258, 259, 274, 277, 278
_PLANES, _TILE_WIDTH, _TILE_HEIGHT = 284, 322, 323
_READ = {
    _WIDTH,
    _HEIGHT,
    _BITS,
    _COMPRESSION,
    _ORIENTATION,
    _SAMPLES,
    _ROWS,
    _PLANES,
    _TILE_WIDTH,
    _TILE_HEIGHT,
}
_JPEG = (6, 7)
# The frame header of a progressive JPEG (ISO/IEC 10918-1, B.2.2) of one to four components with 8 bits.
_PROGRESSIVE = re.compile(rb"\xff[\xc2\xca]\0[\x0b\x0e\x11\x14]\x08")


@dataclass(frozen=True)
class Layout:
    """How the samples of a TIFF are stored.

    Attributes:
        pixel_bytes: Bytes of the samples of one pixel.
        block_pixels: Pixels of a strip or tile, which is decoded as a whole.
        turned: Whether the picture is stored in another orientation, and so is copied when it is turned.
    """

    pixel_bytes: float
    block_pixels: int
    turned: bool


def read_layout(data: bytes) -> Layout:
    """Reads the layout of the first picture from its directory.

    Raises:
        DamagedPicture: When the directory contradicts itself or points out of the file.
        TooMuchToDecode: When it asks to read more than any program writes.
    """
    values: dict[int, tuple[int, ...]] = {}
    seen: set[int] = set()
    value_count = value_bytes = 0
    for tag, kind, count, content in _entries(data):
        if tag in seen and tag in _READ:
            raise DamagedPicture("TIFF", f"tag {tag} stands twice in the directory")
        seen.add(tag)
        value_bytes += count * _SIZES.get(kind, 0)
        value_count += 0 if kind in _BYTES else count
        if value_bytes > len(data):
            raise DamagedPicture("TIFF", "the values in its directory are more than the file can hold")
        if value_count > _MAX_VALUES:
            raise TooMuchToDecode("TIFF", f"more than {_MAX_VALUES} values in its directory")
        if tag in _READ:
            if kind not in _WHOLE or len(content) < 2:
                raise DamagedPicture("TIFF", f"tag {tag} has no whole number as its value")
            values[tag] = struct.unpack(content[:1].decode() + f"{count}" + _WHOLE[kind], content[1:])
    if values.get(_COMPRESSION, (0,))[0] in _JPEG and _PROGRESSIVE.search(data):
        # Every tile may point to the same hundred scans.
        raise TooMuchToDecode("TIFF", "its tiles are progressive JPEGs")
    return _layout(values)


def _layout(values: dict[int, tuple[int, ...]]) -> Layout:
    def first(tag: int, default: int) -> int:
        return next(iter(values.get(tag, ())), default)

    width, height = first(_WIDTH, 0), first(_HEIGHT, 0)
    samples, bits = first(_SAMPLES, 1), max(values.get(_BITS) or (1,))
    if _TILE_WIDTH in values or _TILE_HEIGHT in values:
        block = first(_TILE_WIDTH, width) * first(_TILE_HEIGHT, height)
    else:
        block = width * min(height, first(_ROWS, height))
    return Layout(max(samples, 1) * bits / 8, block, first(_ORIENTATION, 1) != 1)


def _entries(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Yields tag, type, count and content of each entry; the content has the byte order as first byte.

    Content is empty where nobody here reads it, or where the file does not have it.
    """
    order = "<" if data[:1] == b"I" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    number, entry, inline = ("Q", "HHQ8s", 8) if big else ("L", "HHL4s", 4)
    start = _unpacked(order + number, data, 8 if big else 4)[0]
    count_format = order + ("Q" if big else "H")
    entries = _unpacked(count_format, data, start)[0]
    if entries > _MAX_ENTRIES:
        raise TooMuchToDecode("TIFF", f"more than {_MAX_ENTRIES} entries in its directory")
    start += struct.calcsize(count_format)
    for index in range(entries):
        row = _unpacked(order + entry, data, start + index * struct.calcsize(order + entry))
        tag, kind, count, held = row
        size = count * _SIZES.get(kind, 0)
        content = b""
        if tag in _READ and 0 < size <= _MAX_READ_BYTES:
            at = 0 if size <= inline else struct.unpack(order + number, held)[0]
            content = (held if size <= inline else data)[at : at + size]
        yield tag, kind, count, order.encode() + content if len(content) == size else b""


def _unpacked(form: str, data: bytes, position: int) -> tuple[int, int, int, bytes]:
    try:
        return struct.unpack_from(form, data, position)
    except (struct.error, OverflowError) as fault:
        raise DamagedPicture("TIFF", "its directory lies outside the file") from fault
