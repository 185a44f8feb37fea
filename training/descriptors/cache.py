"""The cache on disk, in which every file is complete or absent."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from bundle.manifest import Component
from training.extractors import AnyExtractor, graph_of
from training.versions import learnt_with

# To be raised when a change makes other descriptors of the same parameters.
_FORMAT = 1


def default_cache() -> Path:
    """Finds the user's cache folder for descriptors (XDG base directory specification 0.8)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "lienzo" / "descriptors"


def extractor_folder(cache: Path, extractor: AnyExtractor) -> Path:
    """Names the folder of an extractor's descriptors; parameters, releases and processor are in its name."""
    made_by = Component(name=extractor.name, parameters=dict(extractor.parameters)).digest
    if graph := graph_of(extractor):
        digest = hashlib.sha256(graph.model().SerializeToString(deterministic=True)).hexdigest()
        made_by = digest if graph is extractor else f"{made_by} {digest}"
    key = hashlib.sha256(f"{_FORMAT} {made_by} {learnt_with()}".encode()).hexdigest()[:16]
    return cache / f"{extractor.name}-{key}"


def load_array(file: Path) -> NDArray[Any] | None:
    """Reads an `.npy` file; None where it is absent or truncated."""
    try:
        return np.asarray(np.load(file, allow_pickle=False))
    except (OSError, ValueError, EOFError):
        return None


def load_arrays(file: Path, *names: str) -> list[NDArray[Any]] | None:
    """Reads arrays of an `.npz` file by name; None where one is missing or the file is truncated."""
    try:
        # numpy leaks the handle of a damaged file that it opened itself.
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            return [kept[name] for name in names]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file for writing that appears under its name when complete, or not at all.

    Raises:
        OSError: When the file system refuses, such as a full disk; it names the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False)  # noqa: SIM115  # below
    try:
        with part as stream:
            yield stream
        Path(part.name).replace(path)
    except BaseException as error:
        Path(part.name).unlink()
        if isinstance(error, OSError) and error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
