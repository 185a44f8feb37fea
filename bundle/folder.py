"""Reads one bundle folder; no file is trusted before its digest matches."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from bundle import layout
from bundle.errors import BundleError
from bundle.manifest import Manifest
from bundle.validation import own_words


def file_digest(path: Path) -> str:
    """Computes the SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Reads a bundle's manifest without checking its other files.

    Raises:
        BundleError: When it is missing, not JSON, or breaks the schema; the message names the first problem.
    """
    try:
        return Manifest.model_validate_json((folder / layout.MANIFEST).read_bytes())
    except OSError as error:
        raise BundleError(folder, f"{layout.MANIFEST} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise BundleError(folder, f"{layout.MANIFEST}: {where}: {own_words(first['msg'])}") from error


def read_bundle(folder: Path) -> Manifest:
    """Reads a bundle's manifest and checks the digest of every file that it names.

    Raises:
        BundleError: When a file is missing, changed, closed or outside the folder; the message names it.
    """
    manifest = read_manifest(folder)
    root = folder.resolve()
    for name, expected in sorted(manifest.files.items()):
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise BundleError(folder, f"{name} lies outside the bundle")
        try:
            if not path.is_file():
                raise BundleError(folder, f"{name} is missing")
            if file_digest(path) != expected:
                raise BundleError(folder, f"{name} was changed: its SHA-256 is not the manifest's")
        except OSError as error:
            raise BundleError(folder, f"{name} cannot be read ({error.strerror})") from error
    return manifest
