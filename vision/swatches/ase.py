"""Adobe Swatch Exchange, which Photoshop, Illustrator and InDesign read."""

from __future__ import annotations

import struct

from vision.colors.description import PaletteColor
from vision.palette import Palette

# Adobe has published no specification; the layout is the one that its programs write: big-endian, a header
# of signature, version 1.0 and number of blocks, and blocks of type, length and content.
_GROUP_START, _GROUP_END, _COLOR = 0xC001, 0xC002, 0x0001
_GLOBAL = 0


def to_ase(palette: Palette) -> bytes:
    """One group of RGB swatches, named."""
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
    """Number of UTF-16 units with the closing zero, then the units."""
    units = (text + "\0").encode("utf-16-be")
    return struct.pack(">H", len(units) // 2) + units
