"""A store of models that looks only when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle.manifest import Manifest
from runtime.models.store import ModelStore

Store = ModelStore[str]


def load(manifest: Manifest, folder: Path) -> str:
    return manifest.labels[0]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that looks only when it is told to."""
    store: Store = ModelStore(tmp_path, load, poll_seconds=3600)
    yield store
    store.stop()


def version(store: Store, name: str = "patterns", number: int = 0) -> int:
    return store.get(name, number).manifest.version


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
