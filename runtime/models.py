"""The models a process serves: loaded when whole, swapped while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bundle.errors import BundleError, UnknownModel
from bundle.folder import read_bundle
from bundle.manifest import Manifest
from bundle.repository import list_versions

_log = logging.getLogger(__name__)

LoadedT = TypeVar("LoadedT")

KEPT_VERSIONS = 3
"""Versions of a model in memory: the newest, and what calls in flight elsewhere may still name."""


class ModelNotNamed(ValueError):
    """Several models are served and the request names none."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Which model? There are: {', '.join(names)}.")
        self.details = {"known": ", ".join(names)}


class BrokenBundle(ValueError):
    """A version is in the repository but cannot be used."""

    def __init__(self, name: str, version: int, problem: str) -> None:
        super().__init__(f"Model {name} version {version} cannot be used: {problem}.")
        self.details = {"model": name, "version": str(version), "problem": problem}


@dataclass(frozen=True)
class ServedModel(Generic[LoadedT]):
    """One version of a model in memory.

    Attributes:
        manifest: What it is.
        loaded: What the service made of it.
    """

    manifest: Manifest
    loaded: LoadedT


class ModelStore(Generic[LoadedT]):
    """Serves the newest usable version of every model below a model repository.

    A new version is loaded whole before anything sees it; whoever holds an older one finishes with it.
    A version that cannot be used is told once in the log, and the one before it goes on.
    """

    def __init__(
        self, root: Path, load: Callable[[Manifest, Path], LoadedT], *, poll_seconds: float = 1.0
    ) -> None:
        """Remembers where and how; `start` reads.

        Args:
            root: The model repository; may be empty or absent, models may come later.
            load: Makes a bundle usable; may raise BundleError.
            poll_seconds: How often the repository is looked at.
        """
        self._root = root
        self._load = load
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._models: dict[str, dict[int, ServedModel[LoadedT]]] = {}
        self._broken: dict[tuple[str, int], str] = {}
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="models", daemon=True)

    def start(self) -> None:
        """Loads what is there and begins to watch."""
        self.refresh()
        if not self._models:
            _log.warning("no usable model in %s yet", self._root)
        self._watcher.start()

    def stop(self) -> None:
        """Ends watching."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def refresh(self) -> None:
        """Loads new versions and forgets models that were taken away."""
        with self._lock:
            known = list_versions(self._root)
            for name, versions in known.items():
                self._load_newest(name, versions)
            for name in set(self._models) - set(known):
                del self._models[name]
                _log.info("model %s was taken away", name)

    def get(self, name: str = "", version: int = 0) -> ServedModel[LoadedT]:
        """One version of a model; 0 is the newest usable one, no name the only model there is.

        Raises:
            ModelNotNamed: No name, and several models.
            UnknownModel: Not in the repository.
            BrokenBundle: In the repository but not usable.
        """
        found = self._find(name, version)
        if found is None:
            self.refresh()
            found = self._find(name, version) or self._load_asked(name, version)
        return found

    def newest(self) -> list[ServedModel[LoadedT]]:
        """The newest usable version of every model, by name."""
        models = self._models.copy()
        return [models[name][max(models[name])] for name in sorted(models)]

    def _find(self, name: str, version: int) -> ServedModel[LoadedT] | None:
        models = self._models
        if not name:
            names = sorted(models)
            if len(names) > 1:
                raise ModelNotNamed(names)
            name = names[0] if names else ""
        versions = models.get(name, {})
        return versions.get(version or max(versions, default=0))

    def _load_newest(self, name: str, versions: list[int]) -> None:
        """Loads the newest version that can be loaded, unless it is loaded already."""
        for version in sorted(versions, reverse=True):
            if version in self._models.get(name, {}):
                return
            if (name, version) not in self._broken and self._try_load(name, version):
                return

    def _load_asked(self, name: str, version: int) -> ServedModel[LoadedT]:
        """Loads an older version that somebody names, or says why not."""
        known = list_versions(self._root)
        wanted = version or max(known.get(name, []), default=0)
        if wanted not in known.get(name, []):
            raise UnknownModel(name, version, known)
        with self._lock:
            if (name, wanted) not in self._broken:
                self._try_load(name, wanted)
        found = self._find(name, wanted)
        if found is None:
            raise BrokenBundle(name, wanted, self._broken.get((name, wanted), "it was taken away"))
        return found

    def _try_load(self, name: str, version: int) -> bool:
        folder = self._root / name / str(version)
        try:
            manifest = read_bundle(folder)
            if (manifest.name, manifest.version) != (name, version):
                raise BundleError(folder, f"the manifest says {manifest.name} version {manifest.version}")
            served = ServedModel(manifest, self._load(manifest, folder))
        except BundleError as error:
            self._broken[name, version] = error.problem
            _log.error("model %s version %d is not served: %s", name, version, error.problem)
            return False
        kept = sorted([*self._models.get(name, {}), version])[-KEPT_VERSIONS:]
        versions = {**self._models.get(name, {}), version: served}
        # Replaced as a whole, never changed: readers take no lock.
        self._models[name] = {number: versions[number] for number in sorted({*kept, version})}
        _log.info("serving model %s version %d", name, version)
        return True

    def _watch(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self.refresh()
            except OSError as error:
                _log.error("cannot look into %s: %s", self._root, error)
