"""Core ML packages of the model repository as zip files with reproducible bytes."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bundle.description import package_files
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from bundle.repository import find_bundle
from runtime.reasons.models import NO_COREML_PACKAGE, OFFSET_PAST_END
from runtime.reasons.reason import refused

CHUNK_BYTES: Final = 256 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Download:
    """A package that is ready for sending.

    Attributes:
        manifest: The model's manifest.
        path: The zip file.
        total_bytes: Its size.
        sha256: Its digest, lower-case hexadecimal.
    """

    manifest: Manifest
    path: Path
    total_bytes: int
    sha256: str

    def chunks(self, offset_bytes: int) -> Iterator[bytes]:
        """Yields the zip file from an offset on, in pieces.

        Raises:
            StatusError: OUT_OF_RANGE, OFFSET_PAST_END.
        """
        if offset_bytes > self.total_bytes:
            raise refused(OFFSET_PAST_END, total_bytes=self.total_bytes, offset_bytes=offset_bytes)
        with self.path.open("rb") as stream:
            stream.seek(offset_bytes)
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk


class Downloads:
    """Makes each package once, in a temporary folder of the process."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._folder = tempfile.TemporaryDirectory(prefix="lienzo-downloads-")
        self._lock = threading.Lock()
        self._ready: dict[str, Download] = {}

    def find(self, name: str, version: int) -> Download:
        """Finds the package of a model; version 0 is the newest. Blocks on files: not for an event loop.

        Raises:
            UnknownModel: No such model in the repository.
            BundleError: Its bundle is damaged.
            StatusError: NOT_FOUND, NO_COREML_PACKAGE.
        """
        folder = find_bundle(self._models, name, version)
        manifest = read_bundle(folder)
        with self._lock:
            if manifest.fingerprint not in self._ready:
                self._ready[manifest.fingerprint] = self._make(manifest, folder)
            return self._ready[manifest.fingerprint]

    def close(self) -> None:
        """Removes the temporary files."""
        self._folder.cleanup()

    def _make(self, manifest: Manifest, folder: Path) -> Download:
        files = package_files(manifest)
        if not files:
            raise refused(NO_COREML_PACKAGE, model=manifest.name, version=manifest.version)
        path = Path(self._folder.name) / f"{manifest.fingerprint}.zip"
        # Not deflated, and with a fixed date: replicas give the same bytes, so any can continue a download.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
            for name in files:
                package.writestr(zipfile.ZipInfo(name, _EPOCH), (folder / name).read_bytes())
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Download(manifest, path, path.stat().st_size, digest)
