"""The cache on disk, in which every file is complete or absent.

Training goes on where it cannot be written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
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


def keep(file: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Writes a file of the cache, completely or not at all.

    Where the file system refuses, such as a full disk, the file is left out, and so are all further ones of
    that training: the model will need what space there is.

    Args:
        file: Where.
        write: Writes what is kept to a stream.
    """
    if is_lost(file):
        return
    try:
        with whole_file(file) as stream:
            write(stream)
    except OSError as error:
        lose(file, error)


def is_lost(path: Path) -> bool:
    """Tells whether a training in this process could not write to the cache with that file or folder."""
    return any(each.is_told and path.is_relative_to(each.cache) for each in _watched)


def lose(path: Path, error: OSError) -> None:
    """Tells the trainings in this process that a file or folder of their cache could not be written."""
    for each in tuple(_watched):
        if path.is_relative_to(each.cache):
            each.lose(error)


@dataclass
class _Watch:
    """A training that is told once that its cache is not kept."""

    cache: Path
    tell: Callable[[str], None]
    is_told: bool = False

    def lose(self, error: OSError) -> None:
        with _telling:
            was_told, self.is_told = self.is_told, True
        if not was_told:
            reason = error.strerror or str(error)
            self.tell(
                f"The cache {self.cache} cannot be written: {reason[:1].lower()}{reason[1:]}. "
                "Training goes on, and nothing more is kept there."
            )


_watched: list[_Watch] = []
_telling = Lock()


@contextmanager
def watched_cache(cache: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Tells once, while the context is entered, that this process could not write to the cache."""
    watch = _Watch(cache, tell)
    _watched.append(watch)
    try:
        yield
    finally:
        _watched.remove(watch)


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
