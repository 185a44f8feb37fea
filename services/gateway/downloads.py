"""Core ML packages of the model repository, as zip files with reproducible bytes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bundle import layout
from bundle.description import package_files
from bundle.errors import BundleError
from bundle.folder import read_bundle, read_manifest
from bundle.manifest import Manifest
from bundle.repository import find_bundle, list_versions
from runtime.reasons.models import NO_COREML_PACKAGE
from runtime.reasons.reason import refused
from services.gateway.archive import Archive, make_archive

_log = logging.getLogger(__name__)

Stamp = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True)
class Download:
    """A package that can be sent.

    Attributes:
        manifest: The model's manifest.
        archive: The zip file.
    """

    manifest: Manifest
    archive: Archive


@dataclass(frozen=True)
class _Checked:
    """What is known of a version, as long as its files stay as they are.

    Attributes:
        stamp: The files as they were when their digests were checked.
        problem: Why it cannot be used; empty if it can.
        archive: Its package; None without one.
    """

    stamp: Stamp
    problem: str = ""
    archive: Archive | None = None


class Downloads:
    """Finds packages of models. The digests of a bundle are checked once, and again when a file changes."""

    def __init__(self, models: Path, read: Callable[[Path], Manifest] = read_bundle) -> None:
        """Remembers the repository; nothing is read.

        Args:
            models: The model repository.
            read: Reads a bundle's manifest and checks all its digests.
        """
        self._models = models
        self._read = read
        self._checked: dict[Path, _Checked] = {}
        self._one_at_a_time = asyncio.Lock()  # so that many callers of a new version read it once

    async def find(self, name: str, version: int) -> Download:
        """Finds the package of a model; version 0 is the newest that can be used.

        Raises:
            UnknownModel: No such model in the repository.
            BundleError: Its bundle is damaged; with version 0 every bundle of the model is.
            StatusError: NOT_FOUND, NO_COREML_PACKAGE.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._find, name, version)

    def _find(self, name: str, version: int) -> Download:
        newest = find_bundle(self._models, name, version)
        if version:
            return self._download(newest)
        problem: BundleError | None = None
        for number in reversed(list_versions(self._models).get(name, [])):
            try:
                return self._download(self._models / name / str(number))
            except BundleError as error:
                problem = problem or error
        raise problem or BundleError(newest, "it was taken away")

    def _download(self, folder: Path) -> Download:
        manifest = read_manifest(folder)
        stamp = _stamp(folder, manifest)
        checked = self._checked.get(folder)
        if checked is None or checked.stamp != stamp:
            checked = self._checked[folder] = self._check(folder, stamp)
        if checked.problem:
            raise BundleError(folder, checked.problem)
        if checked.archive is None:
            raise refused(NO_COREML_PACKAGE, model=manifest.name, version=manifest.version)
        return Download(manifest, checked.archive)

    def _check(self, folder: Path, stamp: Stamp) -> _Checked:
        try:
            manifest = self._read(folder)
            if (manifest.name, str(manifest.version)) != (folder.parent.name, folder.name):
                raise BundleError(folder, f"the manifest says {manifest.name} version {manifest.version}")
            names = package_files(manifest)
            archive = make_archive(folder, names) if names else None
            if _stamp(folder, manifest) != stamp:
                raise BundleError(folder, "it was changed while it was read")
        except (BundleError, OSError) as error:
            problem = error.problem if isinstance(error, BundleError) else f"{error.strerror or error}"
            _log.error("%s is not handed out: %s", folder, problem)
            return _Checked(stamp, problem)
        return _Checked(stamp, archive=archive)


def _stamp(folder: Path, manifest: Manifest) -> Stamp:
    """Makes a value that changes when one of a bundle's files does; without reading any."""
    stamp = []
    for name in (layout.MANIFEST, *sorted(manifest.files)):
        try:
            status = (folder / name).stat()
        except OSError:  # missing, which is found when the bundle is read
            continue
        stamp.append((name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    return tuple(stamp)
