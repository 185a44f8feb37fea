"""Writes a `.mlpackage` whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from export.coreml.errors import UnsupportedModel
from export.coreml.mil import quiet


def save_package(model: Any, path: Path) -> Path:
    """Saves a converted model; an older package at the same place is replaced in one step.

    Args:
        model: What `convert` returned.
        path: The package's folder; its name ends in `.mlpackage`.

    Returns:
        The path.

    Raises:
        UnsupportedModel: When the name does not end so.
    """
    if path.suffix != ".mlpackage":
        raise UnsupportedModel(f"{path}: the name of a Core ML package ends in .mlpackage")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as folder:
        written = Path(folder) / path.name
        with quiet():
            model.save(str(written))
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
