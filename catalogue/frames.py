"""Frames: the entries of a file that is only appended to.

Each frame has a head with length and digest, and a body that begins at a multiple of eight bytes, so that
arrays in it can be used without copying. A process that is killed leaves at worst the beginning of a frame,
which readers skip and the next writer cuts off.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

HEADER: Final = b"lienzo works 1\n\0"
"""First bytes of the file."""
WORK: Final = 1
REMOVAL: Final = 2

_HEAD: Final = struct.Struct("<4sB3xI4x32s")
_MAGIC: Final = b"work"
Ending = Literal["complete", "torn", "damaged"]


@dataclass(frozen=True)
class Frame:
    """One entry of a file.

    Attributes:
        kind: WORK or REMOVAL.
        start: Where its body begins.
        length: Bytes of its body.
        end: Where the next frame begins.
        digest: SHA-256 of kind and body.
    """

    kind: int
    start: int
    length: int
    end: int
    digest: bytes

    def holds(self, body: bytes | memoryview) -> bool:
        """Tells whether a body is what was written."""
        return len(body) == self.length and _digest(self.kind, body) == self.digest


def to_frame(kind: int, body: bytes | memoryview, digest: bytes = b"") -> bytes:
    """Makes the bytes of a frame; of one that was read the digest is known."""
    known = digest or _digest(kind, body)
    return b"".join((_HEAD.pack(_MAGIC, kind, len(body), known), body, bytes(-len(body) % 8)))


def moved(frame: Frame, start: int) -> Frame:
    """Returns a frame as it is when it is written again, at `start`."""
    ahead = start + _HEAD.size - frame.start
    return replace(frame, start=frame.start + ahead, end=frame.end + ahead)


def head_at(file: int, start: int) -> Frame | None:
    """Reads the head of the frame at `start` of an open file; None where there is none."""
    content = os.pread(file, _HEAD.size, start)
    if len(content) < _HEAD.size:
        return None
    magic, kind, length, digest = _HEAD.unpack(content)
    if magic != _MAGIC or kind not in (WORK, REMOVAL):
        return None
    body = start + _HEAD.size
    return Frame(kind, body, length, body + length + -length % 8, digest)


def frame_of(content: bytes, start: int) -> Frame:
    """Reads the head of a frame that was written at `start`."""
    _, kind, length, digest = _HEAD.unpack_from(content)
    return Frame(kind, start + _HEAD.size, length, start + len(content), digest)


def frames_in(data: memoryview, start: int) -> Iterator[Frame]:
    """Yields the frames whose heads and lengths fit, up to the first that does not."""
    while (frame := _frame_at(data, start)) is not None:
        yield frame
        start = frame.end


def ending_of(data: memoryview, start: int) -> Ending:
    """Tells what follows the last whole frame.

    Returns:
        `complete` for nothing, `torn` for the beginning of one frame or zeros up to the end, `damaged` for
        anything else.
    """
    rest = data[start:]
    if not len(rest):
        return "complete"
    if not bytes(rest).strip(b"\0"):
        return "torn"
    if len(rest) < _HEAD.size:
        return "torn" if _MAGIC.startswith(rest[:4]) else "damaged"
    magic, _, length, _ = _HEAD.unpack_from(rest)
    is_cut_off = magic == _MAGIC and _HEAD.size + length + -length % 8 > len(rest)
    return "torn" if is_cut_off and not _has_whole_frame(rest) else "damaged"


def _has_whole_frame(rest: memoryview) -> bool:
    """Tells whether what looks cut off is damaged: only its length is wrong, or a later frame is whole."""
    _, kind, length, digest = _HEAD.unpack_from(rest)
    body = rest[_HEAD.size :]
    for end in range(max(0, len(body) - 7), len(body) + 1):
        if end != length and _digest(kind, body[:end]) == digest:
            return True
    content, place = bytes(rest), 0
    while (place := content.find(_MAGIC, place + 1)) != -1:
        frame = _frame_at(rest, place) if place % 8 == 0 else None
        if frame is not None and frame.holds(rest[frame.start : frame.start + frame.length]):
            return True
    return False


def _frame_at(data: memoryview, start: int) -> Frame | None:
    body = start + _HEAD.size
    if body > len(data):
        return None
    magic, kind, length, digest = _HEAD.unpack_from(data, start)
    end = body + length + -length % 8
    if magic != _MAGIC or kind not in (WORK, REMOVAL) or end > len(data):
        return None
    return Frame(kind, body, length, end, digest)


def _digest(kind: int, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(bytes([kind]))
    digest.update(body)
    return digest.digest()
