"""The weight file of an ML Program: records of raw numbers behind 64-byte headers.

Layout as in coremltools' `MILBlob` storage format, version 2: a file header of 64 bytes, then, per record and
aligned to 64 bytes, a header (sentinel 0xDEADBEEF, type, size in bytes, offset of the numbers, padding in
bits) and the numbers, little endian.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from lienzo_coreml.errors import InvalidPackage
from lienzo_coreml.values import Array

SENTINEL = 0xDEADBEEF
HEADER = struct.Struct("<IIQQQ")
WHOLE: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f2"),
    2: np.dtype("<f4"),
    3: np.dtype("u1"),
    4: np.dtype("i1"),
    6: np.dtype("<i2"),
    7: np.dtype("<u2"),
    14: np.dtype("<i4"),
    15: np.dtype("<u4"),
}
PACKED_BITS = {8: 4, 9: 1, 10: 2, 11: 4, 12: 3, 13: 6}
SIGNED_PACKED = {8}


class WeightFiles:
    """Reads records from the weight files of one package; each file is read once."""

    def __init__(self, package: Path, folder: Path) -> None:
        self._package = package
        self._folder = folder.resolve()
        self._contents: dict[str, bytes] = {}

    def read(self, name: str, offset: int, shape: tuple[int, ...]) -> Array:
        """Reads the numbers of the record at an offset.

        Args:
            name: File name as the program states it, beginning with `@model_path/`.
            offset: Offset of the record's header in bytes.
            shape: Shape of the result.

        Raises:
            InvalidPackage: When the file is missing, ends too early, or holds no record there.
        """
        content = self._content(name)
        if offset + HEADER.size > len(content):
            raise InvalidPackage(self._package, f"{name} is truncated: no record at byte {offset}")
        sentinel, kind, size, start, _ = HEADER.unpack_from(content, offset)
        if sentinel != SENTINEL:
            raise InvalidPackage(self._package, f"{name} is damaged: no record at byte {offset}")
        if start + size > len(content):
            raise InvalidPackage(
                self._package,
                f"{name} is truncated: it ends at byte {len(content)}, a record at {start + size}",
            )
        raw = content[start : start + size]
        count = int(np.prod(shape, dtype=np.int64))
        numbers = self._numbers(name, kind, raw, count)
        if numbers.size != count:
            raise InvalidPackage(self._package, f"{name}: {numbers.size} numbers for the shape {shape}")
        return numbers.reshape(shape)

    def _content(self, name: str) -> bytes:
        if name not in self._contents:
            file = (self._folder / name.removeprefix("@model_path/")).resolve()
            if not file.is_relative_to(self._folder):
                raise InvalidPackage(self._package, f"weights lie outside the package: {name}")
            try:
                self._contents[name] = file.read_bytes()
            except OSError as error:
                raise InvalidPackage(self._package, f"{name} cannot be read ({error.strerror})") from error
        return self._contents[name]

    def _numbers(self, name: str, kind: int, raw: bytes, count: int) -> Array:
        if kind in WHOLE:
            return np.frombuffer(raw, WHOLE[kind]) if len(raw) % WHOLE[kind].itemsize == 0 else np.empty(0)
        if kind not in PACKED_BITS:
            raise InvalidPackage(self._package, f"{name}: numbers of unknown type {kind}")
        values = unpack_bits(np.frombuffer(raw, np.uint8), PACKED_BITS[kind], count)
        if kind not in SIGNED_PACKED:
            return values
        # Two's complement: the upper half of the range is negative.
        half = 1 << (PACKED_BITS[kind] - 1)
        return (values.astype(np.int16) - 2 * half * (values >= half)).astype(np.int8)


def unpack_bits(raw: Array, bits: int, count: int) -> Array:
    """Unpacks integers of a few bits each, least significant bit first, to uint8."""
    flat = np.unpackbits(raw, bitorder="little")[: count * bits]
    digits = flat.reshape(-1, bits).astype(np.uint16)
    return np.asarray((digits << np.arange(bits, dtype=np.uint16)).sum(1).astype(np.uint8))
