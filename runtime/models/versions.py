"""The versions in a model repository, as its files are now: read and described without loading a model."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from bundle.errors import BundleError, UnknownModel
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from bundle.repository import list_versions
from runtime.models.errors import BrokenBundle

Stamp: TypeAlias = tuple[tuple[str | int, ...], ...]
"""Changes when one of a bundle's own files does, or who may read it."""

KEPT_MANIFESTS: Final = 256
"""Manifests of versions that are described and not loaded."""


class Versions:
    """The versions below a model repository, which may be empty or absent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._manifests: dict[tuple[str, int], tuple[Stamp, Manifest]] = {}

    def folder(self, name: str, version: int) -> Path:
        """Returns where the bundle of a version is."""
        return self.root / name / str(version)

    def named(self, name: str, version: int) -> tuple[str, int]:
        """Finds the name and number of a version; no name is the only model, 0 the newest version.

        Raises:
            UnknownModel: Not in the repository.
        """
        known = list_versions(self.root)
        if not name and len(known) == 1:
            (name,) = known
        wanted = version or max(known.get(name, []), default=0)
        if wanted not in known.get(name, []):
            raise UnknownModel(name, version, known)
        return name, wanted

    def read(self, name: str, version: int) -> Manifest:
        """Reads a bundle and checks its files.

        Raises:
            BundleError: When it is damaged or is another version.
            OSError: When a file cannot be read.
        """
        folder = self.folder(name, version)
        manifest = read_bundle(folder)
        if (manifest.name, manifest.version) != (name, version):
            raise BundleError(folder, f"the manifest says {manifest.name} version {manifest.version}")
        return manifest

    def manifest(self, name: str, version: int) -> Manifest:
        """Describes a version; reads it again only when its files change.

        Raises:
            BrokenBundle: In the repository but not usable.
        """
        key, stamp = (name, version), stamp_of(self.folder(name, version))
        kept = self._manifests.get(key)
        if kept is None or kept[0] != stamp:
            try:
                kept = stamp, self.read(name, version)
            except (BundleError, OSError) as error:
                raise BrokenBundle(name, version, problem_of(error)) from error
            self._manifests[key] = kept
            while len(self._manifests) > KEPT_MANIFESTS:
                self._manifests.pop(next(iter(self._manifests)), None)
        return kept[1]


def problem_of(error: BundleError | OSError) -> str:
    """Words why a bundle cannot be used, without its folder."""
    return error.problem if isinstance(error, BundleError) else f"{error.strerror or error}"


def stamp_of(folder: Path) -> Stamp:
    """Makes the stamp of a bundle's own files."""
    stamp = []
    for path in sorted(folder.glob("*.*")):
        with suppress(OSError):  # just taken away
            status = path.stat()
            may_read = (status.st_mode, status.st_uid, status.st_gid)
            stamp.append((path.name, status.st_size, status.st_mtime_ns, status.st_ino, *may_read))
    return tuple(stamp)
