"""Looks at the structure of JPEG files: how much work they ask for, and whether their data break off."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from PIL import Image, JpegImagePlugin

from vision.errors import DamagedPicture, TooMuchToDecode

# Pictures have some dozen segments; profiles and previews in pieces of 64 KiB make it some hundred.
_MAX_SEGMENTS = 2_000
# Encoders write about ten scans, optimizers up to sixty.
_MAX_SCANS = 200
# Each scan visits its blocks again, in 70 ns each where they do not fit into the processor's cache. Ten scans
# of 50 megapixels visit eleven million.
_MAX_BLOCKS = 16_000_000

# ISO/IEC 10918-1, B.1.1.2: 0xFF begins a marker, but for stuffed bytes (0), fill bytes (0xFF) and restarts.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
REDUCTIONS = (1, 2, 4, 8)
"""How many times smaller, each way, a JPEG may be decoded."""

# Blocks for which there are no data are decoded to this grey; Pillow inverts it in CMYK.
_NOTHING = {(127, 127), (128, 128)}


def check_segments(data: bytes) -> None:
    """Checks the number of segments before the picture, which Pillow reads one by one.

    Raises:
        TooMuchToDecode: When there are more than any program writes.
    """
    for number, (marker, _, _) in enumerate(_segments(data)):
        if marker == _SOS:
            return
        if number == _MAX_SEGMENTS:
            raise TooMuchToDecode("JPEG", f"more than {_MAX_SEGMENTS} segments before the picture")


def check_scans(data: bytes) -> None:
    """Checks the work of a picture that is stored in several scans.

    Raises:
        TooMuchToDecode: When there are too many scans, or too many blocks in all scans together.
    """
    blocks: dict[int, int] = {}
    progressive, scans, visited = False, 0, 0
    for marker, start, end in _segments(data):
        content = data[start:end]
        if marker in _FRAMES and not blocks:
            blocks, progressive = _blocks(content), marker in _PROGRESSIVE
        elif marker == _SOS and content:
            components = content[1 : 1 + 2 * content[0] : 2]
            if not progressive and not scans and len(components) >= len(blocks):
                return  # everything is in this scan, and decoders stop behind it
            scans += 1
            visited += sum(blocks.get(each, 0) for each in components)
            if scans > _MAX_SCANS or visited > _MAX_BLOCKS:
                raise TooMuchToDecode("JPEG", f"its {scans} or more scans are too much work")


def is_reduced_while_decoded(data: bytes) -> bool:
    """Tells whether a decoder that reduces a picture never has all of it in memory.

    Of a picture in several scans, progressive or one for each component, it keeps every coefficient until the
    last one.
    """
    components = 0
    for marker, start, end in _segments(data):
        if marker in _PROGRESSIVE:
            return False
        if marker in _FRAMES and not components:
            components = data[start + 5] if end - start > 5 else 0
        elif marker == _SOS:
            return start < len(data) and data[start] >= components
    return True


def check_completeness(data: bytes, image: Image.Image) -> None:
    """Checks that the data of a picture did not end before the picture.

    libjpeg makes such a picture grey from there on, and tells nobody. A picture may also be grey itself, so
    more data are put behind its own: they change nothing in a picture that is complete.

    Args:
        data: The whole file.
        image: The decoded picture, in the mode of the file.

    Raises:
        DamagedPicture: When the data end early.
    """
    width, height = image.size
    extrema = image.crop((0, height - 1, width, height)).getextrema()
    ranges = extrema if image.mode != "L" else (extrema,)
    if not _NOTHING.issuperset(ranges):
        return
    end = _end_of_first_scan(data)
    more = data[:end] + b"\x5a\x36\xc3\x19" * 64 + data[end:]
    if _thumbnail(data) != _thumbnail(more):
        raise DamagedPicture("JPEG", "its data break off, and the lower part of the picture is missing")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields marker, start and end of the content of each segment, up to the end of the picture."""
    position = 2
    while (found := _MARKER.search(data, position)) is not None:
        marker, position = data[found.start() + 1], found.end()
        if marker == _EOI:
            return
        if marker in (_SOI, _TEM):
            continue
        end = position + max(2, int.from_bytes(data[position : position + 2]))
        yield marker, position + 2, end
        position = end


def _blocks(frame: bytes) -> dict[int, int]:
    """Computes the blocks of each component from the content of a frame header (B.2.2)."""
    height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    components = [(frame[at], frame[at + 1] >> 4, frame[at + 1] & 15) for at in range(6, len(frame) - 2, 3)]
    widest = max((across for _, across, _ in components), default=1) or 1
    highest = max((down for _, _, down in components), default=1) or 1
    return {
        name: -(-width * across // (8 * widest)) * -(-height * down // (8 * highest))
        for name, across, down in components
    }


def _end_of_first_scan(data: bytes) -> int:
    for marker, _, end in _segments(data):
        if marker == _SOS:
            found = _MARKER.search(data, end)
            return found.start() if found else len(data)
    return len(data)


def _thumbnail(data: bytes) -> bytes:
    """Decodes a picture to an eighth of its size."""
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    image.draft(None, (1, 1))
    return image.tobytes()
