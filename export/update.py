"""Adds a package, and its part of the report, to an existing bundle."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bundle import layout
from bundle.folder import file_digest
from bundle.manifest import Manifest
from bundle.modes import make_readable


def update_bundle(
    bundle: Path, manifest: Manifest, files: Mapping[str, bytes], folders: Mapping[str, Path]
) -> None:
    """Adds or replaces files and folders. At every moment all digests of the manifest match.

    Args:
        bundle: The bundle's folder.
        manifest: Its present manifest.
        files: Contents by path from the bundle's root.
        folders: Finished folders on the same file system by path from the root; they are moved.
    """
    replaced = tuple(f"{name}/" for name in folders)
    others = {
        path: digest
        for path, digest in manifest.files.items()
        if path not in files and not path.startswith(replaced)
    }
    if others != manifest.files:
        _write_manifest(bundle, manifest, others)
    for path, content in files.items():
        replace_file(bundle / path, content)
    changed = [bundle / path for path in files]
    for name, folder in folders.items():
        make_readable(folder)
        replace_folder(folder, bundle / name)
        changed += filter(Path.is_file, (bundle / name).rglob("*"))
    digests = {str(file.relative_to(bundle)): file_digest(file) for file in changed}
    _write_manifest(bundle, manifest, {**others, **digests})


def replace_folder(written: Path, target: Path) -> None:
    """Moves a finished folder to its target; an earlier target is moved beside the folder's origin."""
    if target.exists():
        target.rename(written.parent / "old")
    written.rename(target)


def _write_manifest(bundle: Path, manifest: Manifest, digests: Mapping[str, str]) -> None:
    changed = manifest.model_copy(update={"files": dict(sorted(digests.items()))})
    replace_file(bundle / layout.MANIFEST, changed.to_json().encode())


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file at once: whoever reads it finds the old one or the new one."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as folder:
        written = Path(folder) / path.name
        with written.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        make_readable(written)
        written.replace(path)
