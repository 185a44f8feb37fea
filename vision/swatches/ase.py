"""Adobe Swatch Exchange: the palette format of Photoshop, Illustrator and InDesign."""

from __future__ import annotations

import struct

from vision.colors.description import PaletteColor
from vision.palette import Palette

# Adobe has not published a specification. Layout as its programs write it, big-endian: a header of
# signature, version 1.0 and number of blocks, then blocks of type, length and content.
_GROUP_START, _GROUP_END, _COLOR = 0xC001, 0xC002, 0x0001
_GLOBAL = 0


def to_ase(palette: Palette) -> bytes:
    """Writes one group of named RGB swatches."""
    blocks = [
        _block(_GROUP_START, _text("lienzo")),
        *(_block(_COLOR, _color(color)) for color in palette.colors),
        _block(_GROUP_END, b""),
    ]
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def _block(kind: int, content: bytes) -> bytes:
    return struct.pack(">HI", kind, len(content)) + content


def _color(color: PaletteColor) -> bytes:
    values = (value / 255 for value in color.rgb)
    return _text(color.name) + b"RGB " + struct.pack(">3fH", *values, _GLOBAL)


def _text(text: str) -> bytes:
    """Encodes a text as its number of UTF-16 units, terminating zero included, and the units."""
    units = (text + "\0").encode("utf-16-be")
    return struct.pack(">H", len(units) // 2) + units
