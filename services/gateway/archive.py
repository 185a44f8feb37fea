"""A zip file that is sent without being written: headers from memory, contents from the files themselves.

Layout: PKWARE, APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bundle.errors import BundleError

CHUNK_BYTES: Final = 256 * 1024

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_MADE_BY: Final = 3 << 8 | _VERSION
"""Unix, as everywhere where a gateway runs."""
_DATE: Final = 1 << 5 | 1
"""1 January 1980: with a fixed date, and not deflated, every gateway sends the same bytes."""
_MODE: Final = 0o600 << 16
_UTF8: Final = 0x800
_LARGEST: Final = 2**32 - 1


@dataclass(frozen=True)
class Piece:
    """Some bytes of an archive.

    Attributes:
        size: How many.
        data: The bytes themselves; empty where they are those of a file.
        path: The file.
    """

    size: int
    data: bytes = field(default=b"", repr=False)
    path: Path | None = None


@dataclass(frozen=True)
class Archive:
    """A folder's files as one zip file.

    Attributes:
        folder: Where they lie.
        pieces: All bytes, in order.
        starts: Offset of each piece.
        total_bytes: Size of the zip file.
        sha256: Its digest, lower-case hexadecimal.
    """

    folder: Path
    pieces: Sequence[Piece]
    starts: Sequence[int]
    total_bytes: int
    sha256: str

    @contextmanager
    def opened(self) -> Iterator[OpenArchive]:
        """Opens all files, so that they can be read to their end even when the folder is removed.

        Raises:
            BundleError: One of them is missing.
        """
        files: dict[Path, int] = {}
        try:
            for path in (each.path for each in self.pieces if each.path is not None):
                files[path] = os.open(path, os.O_RDONLY)
            yield OpenArchive(self, files)
        except OSError as error:
            raise BundleError(self.folder, f"{error.filename} cannot be read ({error.strerror})") from error
        finally:
            for number in files.values():
                os.close(number)


class OpenArchive:
    """An archive that is being sent."""

    def __init__(self, archive: Archive, files: dict[Path, int]) -> None:
        self._archive = archive
        self._files = files

    def read(self, offset_bytes: int) -> bytes:
        """Reads the next bytes from an offset on, up to `CHUNK_BYTES`; none at the end.

        Raises:
            BundleError: A file is shorter than it was.
        """
        found, number = bytearray(), bisect_right(self._archive.starts, offset_bytes) - 1
        for piece, start in zip(self._archive.pieces[number:], self._archive.starts[number:], strict=True):
            skipped = offset_bytes + len(found) - start
            size = min(piece.size - skipped, CHUNK_BYTES - len(found))
            if size > 0:
                found += self._piece(piece, skipped, size)
        return bytes(found)

    def _piece(self, piece: Piece, skipped: int, size: int) -> bytes:
        if piece.path is None:
            return piece.data[skipped : skipped + size]
        data = os.pread(self._files[piece.path], size, skipped)
        if len(data) < size:
            name = piece.path.relative_to(self._archive.folder)
            raise BundleError(self._archive.folder, f"{name} was changed while it was sent")
        return data


def make_archive(folder: Path, names: Sequence[str]) -> Archive:
    """Makes an archive of some files of a folder, each under its name; reads them once.

    Raises:
        BundleError: They are too large for a zip file.
        OSError: One of them cannot be read.
    """
    pieces: list[Piece] = []
    directory: list[bytes] = []
    offset = 0
    for name in names:
        path = folder / name
        size, checksum = _measured(path)
        encoded = name.encode()
        if max(offset, size) > _LARGEST - 2**20:
            raise BundleError(folder, f"{name} does not fit into a zip file of 4 GiB")
        about = (_VERSION, 0 if name.isascii() else _UTF8, 0, 0, _DATE, checksum, size, size, len(encoded), 0)
        header = _LOCAL.pack(b"PK\3\4", *about) + encoded
        entry = _CENTRAL.pack(b"PK\1\2", _MADE_BY, *about, 0, 0, 0, _MODE, offset) + encoded
        directory.append(entry)
        pieces += [Piece(len(header), header), Piece(size, path=path)]
        offset += len(header) + size
    listed = b"".join(directory)
    count = len(directory)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(listed), offset, 0)
    pieces.append(Piece(len(listed) + len(end), listed + end))
    return _digested(folder, pieces)


def _digested(folder: Path, pieces: Sequence[Piece]) -> Archive:
    starts, offset = [], 0
    for piece in pieces:
        starts.append(offset)
        offset += piece.size
    without = Archive(folder, pieces, starts, offset, "")
    digest, done = hashlib.sha256(), 0
    with without.opened() as archive:
        while chunk := archive.read(done):
            digest.update(chunk)
            done += len(chunk)
    return Archive(folder, pieces, starts, offset, digest.hexdigest())


def _measured(path: Path) -> tuple[int, int]:
    """Computes size and CRC-32 of a file."""
    size = checksum = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
    return size, checksum
