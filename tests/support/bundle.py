"""Bundles of any contents; the manifest has the digests of their files, and is made up otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from bundle.manifest import Component, Manifest, TrainingData


def describe(files: Mapping[str, bytes], **facts: object) -> Manifest:
    """Makes a manifest of files.

    Args:
        files: Contents by path from the bundle's root.
        facts: Fields of the manifest that matter to the test.
    """
    usual: dict[str, object] = {
        "name": "patterns",
        "version": 1,
        "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "recipe": {},
        "extractor": Component(name="rootsift"),
        "features": "local",
        "dimension": 128,
        "encoder": None,
        "classifier": Component(name="linear_svm"),
        "labels": ("a", "b"),
        "calibration": "none",
        "threshold": 0.5,
        "metrics": {},
        "training_data": TrainingData(fingerprint="0" * 64, pictures=1, groups=1),
        "seed": 0,
        "versions": {},
        "files": {path: sha256(content).hexdigest() for path, content in files.items()},
    }
    return Manifest.model_validate({**usual, **facts})


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Writes files by their path from a folder, and returns the folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
