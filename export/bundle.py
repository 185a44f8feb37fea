"""Writes bundles completely or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from bundle import layout
from bundle.manifest import Manifest
from bundle.modes import FOLDER_MODE, make_readable
from bundle.repository import next_version, record_default
from bundle.working_folder import working_folder
from export.errors import ExportError


def check_repository(root: Path, name: str) -> None:
    """Says before long work that no version of a model could be written after it.

    Args:
        root: The model repository; need not exist.
        name: Name of the model.

    Raises:
        ExportError: When one of its folders is none, or nothing may be written there.
    """
    for folder in (root, root / name):
        place = folder
        while not place.exists():  # where it will be made
            place = place.parent
        if not place.is_dir():
            problem = os.strerror(errno.ENOTDIR)
        elif not os.access(place, os.W_OK | os.X_OK):
            problem = os.strerror(errno.EACCES)
        else:
            continue
        raise ExportError(f"{root}: no model can be written there ({problem})")


def write_bundle(
    root: Path, name: str, files: Mapping[str, bytes], describe: Callable[[int, dict[str, str]], Manifest]
) -> Path:
    """Writes the next version of a model and makes it visible by one rename.

    Args:
        root: The model repository; created if it does not exist.
        name: Name of the model.
        files: Contents by path from the bundle's root.
        describe: Makes the manifest from the version and the SHA-256 of every file by path.

    Returns:
        The bundle's folder, `<root>/<name>/<version>`.

    Raises:
        ExportError: When it cannot be written; nothing of it is left then.
    """
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
    with ExitStack() as stack:
        try:
            _make_folder(root)
            folder = stack.enter_context(working_folder(root, name))
        except OSError as error:
            raise ExportError(f"{root}: no model can be written there ({error.strerror})") from error
        try:
            for path, content in files.items():
                _write(folder / path, content)
            return _publish(folder, root, name, lambda version: describe(version, digests))
        except OSError as error:
            raise ExportError(f"{root}: the model could not be written ({error.strerror})") from error


def _publish(folder: Path, root: Path, name: str, describe: Callable[[int], Manifest]) -> Path:
    parent = root / name
    _make_folder(parent)
    while True:
        version = next_version(root, name)
        _write(folder / layout.MANIFEST, describe(version).to_json().encode())
        make_readable(folder)
        for each in sorted(path for path in folder.rglob("*") if path.is_dir()):
            _sync_folder(each)
        _sync_folder(folder)
        try:
            folder.rename(parent / str(version))
        except OSError as error:
            # Another training has written this version meanwhile.
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY) and next_version(root, name) > version:
                continue
            raise
        _sync_folder(parent)
        record_default(root)
        return parent / str(version)


def _make_folder(folder: Path) -> None:
    """Makes a folder that servers may look into; one that exists keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
