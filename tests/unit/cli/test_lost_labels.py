"""A new version that does not know what the one before knew."""

from __future__ import annotations

from pathlib import Path

from bundle.manifest import Manifest
from cli.output.labels import lost_labels
from tests.support.bundle import describe, write_files


def written(models: Path, version: int, *labels: str) -> Manifest:
    manifest = describe({}, name="things", version=version, labels=labels)
    write_files(models / "things" / str(version), {"manifest.json": manifest.to_json().encode()})
    return manifest


def test_names_labels_that_the_version_before_had(tmp_path: Path) -> None:
    assert lost_labels(tmp_path, written(tmp_path, 1, "a", "b", "c", "d", "e")) == ""
    assert lost_labels(tmp_path, written(tmp_path, 2, "e", "f")) == (
        "  ! things 1 has labels that things 2 does not have: a, b, c and 1 more. Apps that ask for things "
        "do not get them any more."
    )
    assert lost_labels(tmp_path, written(tmp_path, 3, "e", "f", "g")) == ""


def test_says_nothing_of_a_version_before_that_cannot_be_read(tmp_path: Path) -> None:
    write_files(tmp_path / "things" / "1", {"manifest.json": b"{"})
    assert lost_labels(tmp_path, written(tmp_path, 2, "e", "f")) == ""
