"""Writes a `.mlpackage` completely or not at all, and the same model as the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lienzo_coreml.errors import UnsupportedModel
from lienzo_coreml.mil import quiet

with quiet():
    from coremltools.proto import Model_pb2

IDENTIFIERS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:lienzo:mlpackage")


def _make_repeatable(package: Path) -> None:
    """Replaces random identifiers by ones derived from names, and serialises maps in order."""
    manifest_file = package / "Manifest.json"
    manifest = json.loads(manifest_file.read_bytes())
    entries = manifest["itemInfoEntries"]
    names = {old: str(uuid.uuid5(IDENTIFIERS, entry["path"])).upper() for old, entry in entries.items()}
    manifest["itemInfoEntries"] = {names[old]: entries[old] for old in sorted(entries, key=names.__getitem__)}
    root = manifest["rootModelIdentifier"]
    manifest["rootModelIdentifier"] = names[root]
    manifest_file.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    model_file = package / "Data" / entries[root]["path"]
    spec = Model_pb2.Model.FromString(model_file.read_bytes())
    model_file.write_bytes(spec.SerializeToString(deterministic=True))


def _make_readable(package: Path) -> None:
    """Lets every user read it: coremltools makes files of mode 0600 and folders of 0700.

    A package has no secrets, and servers and build machines run as other users.
    """
    for each in (package, *package.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)


def check_name(path: Path) -> None:
    """Raises UnsupportedModel unless a name ends in `.mlpackage`."""
    if path.suffix != ".mlpackage":
        raise UnsupportedModel(f"{path}: the name of a Core ML package ends in .mlpackage")


def save_package(model: Any, path: Path | str, check: Callable[[Path], object] | None = None) -> Path:
    """Saves a converted model; an existing package at the path is replaced.

    Args:
        model: Result of `convert`.
        path: Folder of the package; its name ends in `.mlpackage`.
        check: Called with the written package before it gets its name; what it raises leaves nothing behind.

    Returns:
        The path.

    Raises:
        UnsupportedModel: When the name ends in something else.
    """
    path = Path(path)
    check_name(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        written = Path(folder) / path.name
        with quiet():
            model.save(str(written))
        _make_repeatable(written)
        _make_readable(written)
        if check is not None:
            check(written)
        for file in filter(Path.is_file, written.rglob("*")):
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        old = Path(folder) / "old"
        if path.exists():
            path.rename(old)
        try:
            written.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    return path
