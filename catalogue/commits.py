"""Records, in a small file beside a file of works, how many of its bytes are on disk for certain.

A file of works that was cut off at the end of an entry looks whole; the record tells it from a whole one. The
record is written after the works are on disk, without waiting until it is there itself: after a power cut an
older one may be left, which asks for less, never a newer one.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import Final

from catalogue.errors import DamagedCatalogue
from catalogue.manifest import CatalogueManifest

COMMITTED: Final = "committed"

_FACTS: Final = struct.Struct("<QQ")
_DIGEST_BYTES: Final = 8
_BYTES: Final = _FACTS.size + _DIGEST_BYTES


def write_committed(folder: Path, manifest: CatalogueManifest, end: int) -> None:
    """Records that a catalogue's file of works is on disk up to its byte `end`.

    Raises:
        OSError: When the file system refuses.
    """
    facts = _FACTS.pack(manifest.generation, end)
    descriptor = os.open(folder / COMMITTED, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(descriptor, facts + _digest(facts), 0)
    finally:
        os.close(descriptor)


def read_committed(folder: Path, manifest: CatalogueManifest) -> int:
    """Returns up to which byte the file of works is on disk; 0 where that is not known.

    Call it before the file is read, which may grow in between.

    Raises:
        DamagedCatalogue: When the record is not what was written.
    """
    try:
        content = (folder / COMMITTED).read_bytes()
    except FileNotFoundError:
        return 0
    if not content.strip(b"\0"):  # what a power cut leaves of a new file
        return 0
    facts, digest = content[: _FACTS.size], content[_FACTS.size :]
    if len(content) != _BYTES or digest != _digest(facts):
        raise DamagedCatalogue(folder, f"{COMMITTED} is damaged")
    generation, end = _FACTS.unpack(facts)
    return int(end) if generation == manifest.generation else 0


def committed_at(folder: Path) -> int:
    """Returns when the record was written, in nanoseconds; 0 where there is none."""
    try:
        return (folder / COMMITTED).stat().st_mtime_ns
    except OSError:
        return 0


def check_end(folder: Path, manifest: CatalogueManifest, end: int, committed: int) -> None:
    """Refuses a file of works that ends before what has been on disk.

    Raises:
        DamagedCatalogue: When it ends too early; the message names both places.
    """
    if end < committed:
        name = manifest.works_file
        raise DamagedCatalogue(
            folder, f"{name} is damaged: it ends at byte {end}, and {committed} bytes were written"
        )


def _digest(facts: bytes) -> bytes:
    return hashlib.sha256(facts).digest()[:_DIGEST_BYTES]
