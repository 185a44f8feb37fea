"""Files of arrays that are mapped into memory, and checked against a digest before.

A process with a mapped file is killed when the file is truncated, so these never are: a new one is written
under another name and takes the name, and the old one lives as long as an array of it is used.
"""

from __future__ import annotations

import hashlib
import json
import math
import mmap
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalogue.locking import acquired

_HEAD: Final = struct.Struct("<16s32sQ8x")
"""What it is, with its version; SHA-256 of all that follows; bytes of the facts."""
_MAGIC: Final = b"lienzo arrays 1\n"
_ALIGNED: Final = 64

Arrays = Mapping[str, NDArray[Any]]


def write_arrays(path: Path, facts: Mapping[str, object], arrays: Arrays) -> None:
    """Writes a file of arrays, or replaces it; does nothing while another process does.

    Args:
        path: The file.
        facts: What JSON can say about them.
        arrays: Arrays of numbers, by their names.

    Raises:
        OSError: When the file system refuses; the file before is kept then.
    """
    part = path.with_name(f".{path.name}.part")
    descriptor = acquired(part)
    if descriptor is None:
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(0)  # what a killed process left
            file.write(bytes(_HEAD.size))
            shapes = {name: [each.dtype.str, each.shape] for name, each in arrays.items()}
            header = json.dumps([facts, shapes], ensure_ascii=False).encode()
            digest = hashlib.sha256()
            for content in (np.frombuffer(header, np.uint8), *arrays.values()):
                for piece in (np.ascontiguousarray(content).data, bytes(-content.nbytes % _ALIGNED)):
                    digest.update(piece)
                    file.write(piece)
            file.seek(0)
            file.write(_HEAD.pack(_MAGIC, digest.digest(), len(header)))
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def read_arrays(path: Path) -> tuple[Mapping[str, Any], Arrays]:
    """Maps a file of arrays; they cannot be written to.

    Raises:
        OSError: When it cannot be read.
        ValueError: When it is damaged, or another version made it.
    """
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(mapped) < _HEAD.size:
        raise ValueError(f"{path} is cut off")
    magic, digest, length = _HEAD.unpack_from(mapped)
    if magic != _MAGIC or hashlib.sha256(mapped[_HEAD.size :]).digest() != digest:
        raise ValueError(f"{path} is damaged, or of another version")
    at = _HEAD.size
    facts, shapes = json.loads(bytes(mapped[at : at + length]))
    at += length + -length % _ALIGNED
    arrays = {}
    for name, (kind, shape) in shapes.items():
        count = math.prod(shape)
        arrays[name] = np.frombuffer(mapped, kind, count, at).reshape(shape)
        at += arrays[name].nbytes + -arrays[name].nbytes % _ALIGNED
    return facts, arrays
