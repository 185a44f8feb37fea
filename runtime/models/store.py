"""The models that a process serves: loaded when complete, replaced while it runs."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bundle.errors import BundleError
from bundle.manifest import Manifest
from bundle.repository import DEFAULT, closed_models, default_model, list_versions
from runtime.models.errors import BrokenBundle, ModelNotNamed
from runtime.models.versions import Stamp, Versions, problem_of, stamp_of

_log = logging.getLogger(__name__)

LoadedT = TypeVar("LoadedT")

KEPT_VERSIONS = 3
"""Versions of a model in memory: the newest, and those that calls in flight may still name."""

KEPT_OLDER_VERSIONS = 2
"""Versions beside them that callers asked for last."""

REMEMBERED_NAMES = 256
"""Versions that callers named last."""

GRACE_SECONDS = 30.0
"""Time for which a removed version is kept for calls in flight that name it."""


@dataclass(frozen=True)
class ServedModel(Generic[LoadedT]):
    """One version of a model in memory.

    Attributes:
        manifest: What it is.
        loaded: What the service made of it.
        stamp: Its files as they were when it was loaded.
    """

    manifest: Manifest
    loaded: LoadedT
    stamp: Stamp = ()


class ModelStore(Generic[LoadedT]):
    """Serves the newest usable version of every model below a model repository.

    A new version is loaded completely before any call sees it; calls that hold an older one finish with it.
    A version that cannot be used is logged once and tried again when its files change; until then the one
    before it is served, as it is when a version is removed.

    Requests that name no model get the repository's default (`bundle.repository.DEFAULT`), else the first one
    that was alone here.
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
        self._versions = Versions(root)
        self._load = load
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        # Both are replaced entry by entry and never changed within one: readers take no lock.
        self._models: dict[str, dict[int, ServedModel[LoadedT]]] = {}
        self._newest: dict[str, ServedModel[LoadedT]] = {}
        self._broken: dict[tuple[str, int], tuple[Stamp, str]] = {}
        self._closed = set[str]()
        self._asked: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._gone: dict[tuple[str, int], float] = {}
        self._default = ""
        self._told = False  # that the default is remembered and not recorded
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="models", daemon=True)

    def start(self) -> None:
        """Loads what is there and begins to watch."""
        self.refresh()
        if not self._newest:
            _log.warning("no usable model in %s yet", self._root.absolute())
        self._watcher.start()

    def stop(self) -> None:
        """Ends watching."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def refresh(self) -> None:
        """Loads new versions and forgets removed ones."""
        with self._lock:
            known = list_versions(self._root)
            for name, versions in known.items():
                self._choose_newest(name, versions)
            for name in set(self._newest) - set(known):
                del self._newest[name]
                _log.info("model %s was taken away", name)
            self._forget_gone(known)
            self._say_closed()
            self._choose_default()

    def get(self, name: str = "", version: int = 0) -> ServedModel[LoadedT]:
        """Finds one version of a model; 0 is the newest usable one, no name the default.

        Raises:
            ModelNotNamed: No name, several models, and no default.
            UnknownModel: Not in the repository.
            BrokenBundle: In the repository but not usable.
        """
        found = self._find(name, version)
        if found is None:
            self.refresh()
            found = self._find(name, version) or self._load_asked(name, version)
        return found

    def manifest(self, name: str = "", version: int = 0) -> Manifest:
        """Finds the manifest of one version, as `get` does, but loads no model that is not in memory.

        Raises:
            ModelNotNamed, UnknownModel, BrokenBundle: As by `get`.
        """
        found = self._find(name, version)
        if found is not None:
            return found.manifest
        return self._versions.manifest(*self._versions.named(name, version))

    def folder(self, name: str, version: int) -> Path:
        """Returns where the bundle of a version is."""
        return self._versions.folder(name, version)

    def newest(self) -> list[ServedModel[LoadedT]]:
        """Lists the newest usable version of every model, by name."""
        newest = self._newest.copy()
        return [newest[name] for name in sorted(newest)]

    def versions(self) -> list[tuple[str, int]]:
        """Lists name and number of every version in the repository, whether it can be used or not."""
        known = list_versions(self._root)
        return [(name, number) for name, numbers in known.items() for number in numbers]

    def problem(self) -> str:
        """Returns why no model can be served; empty while there is one.

        It names no folder, as callers without a key may read it.
        """
        if self._newest:
            return ""
        if broken := len(self._broken):
            return f"no model can be used: {broken} version{'s' * (broken > 1)} cannot be loaded, see the log"
        if closed := len(self._closed):
            return (
                f"no model can be used: {closed} folder{'s' * (closed > 1)} closed to this user, see the log"
            )
        return "the model repository has no model"

    def _find(self, name: str, version: int) -> ServedModel[LoadedT] | None:
        name = name or self._unnamed()
        if not version:
            return self._newest.get(name)
        return self._models.get(name, {}).get(version)

    def _unnamed(self) -> str:
        """The model for requests that name none; empty where there is none at all."""
        names = sorted(self._newest)
        if len(names) <= 1:
            return names[0] if names else ""
        if self._default in names:
            return self._default
        raise ModelNotNamed(names)

    def _choose_default(self) -> None:
        """Takes the repository's default, else remembers the only model, which a second one then leaves."""
        chosen = recorded = default_model(self._root)
        if not chosen and not self._default and len(self._newest) == 1:
            (chosen,) = self._newest
        if chosen in self._newest and chosen != self._default:
            self._default = chosen
            _log.info("requests that name no model get %s", chosen)
        if not recorded and len(self._newest) > 1 and self._default in self._newest and not self._told:
            self._told = True
            said = "requests that name no model get %s until this process ends; its name in %s keeps that"
            _log.warning(said, self._default, self._root.absolute() / DEFAULT)

    def _choose_newest(self, name: str, versions: list[int]) -> None:
        """Makes the newest version that can be loaded the one that is served."""
        for version in sorted(versions, reverse=True):
            served = self._loaded(name, version)
            if served is not None:
                if self._newest.get(name) is not served:
                    self._newest[name] = served
                    _log.info("serving model %s version %d", name, version)
                return
        if self._newest.pop(name, None) is not None:
            _log.error("no version of model %s can be used any more", name)

    def _load_asked(self, name: str, version: int) -> ServedModel[LoadedT]:
        """Loads an older version that a caller names.

        Raises:
            UnknownModel: Not in the repository.
            BrokenBundle: In the repository but not usable.
        """
        name, wanted = self._versions.named(name, version)
        with self._lock:
            self._asked[name, wanted] = None
            self._asked.move_to_end((name, wanted))
            while len(self._asked) > REMEMBERED_NAMES:
                self._asked.popitem(last=False)
            found = self._loaded(name, wanted)
        if found is None:
            _, problem = self._broken.get((name, wanted), ((), "it was taken away"))
            raise BrokenBundle(name, wanted, problem)
        return found

    def _loaded(self, name: str, version: int) -> ServedModel[LoadedT] | None:
        """The version as its files are now, or as last usable; None when it never was."""
        folder = self._versions.folder(name, version)
        stamp = stamp_of(folder)
        served = self._models.get(name, {}).get(version)
        if served is not None and served.stamp == stamp:
            return served
        if (name, version) in self._broken and self._broken[name, version][0] == stamp:
            return served
        try:
            manifest = self._versions.read(name, version)
            loaded = ServedModel(manifest, self._load(manifest, folder), stamp)
        except (BundleError, OSError) as error:
            problem = problem_of(error)
            self._broken[name, version] = (stamp, problem)
            _log.error("model %s version %d cannot be loaded: %s", name, version, problem)
            return served
        self._broken.pop((name, version), None)
        self._keep(loaded)
        return loaded

    def _keep(self, served: ServedModel[LoadedT]) -> None:
        name, version = served.manifest.name, served.manifest.version
        versions = {**self._models.get(name, {}), version: served}
        newest = sorted(versions)[-KEPT_VERSIONS:]
        # Older ones that callers asked for last: two of them in turn are not loaded each time.
        older = [number for each, number in self._asked if each == name and number not in newest]
        kept = {*newest, *older[-KEPT_OLDER_VERSIONS:], version}
        self._models[name] = {number: each for number, each in versions.items() if number in kept}

    def _say_closed(self) -> None:
        """Logs once which models are closed to this process: of those it knows no versions."""
        closed = set(closed_models(self._root))
        for name in closed - self._closed:
            _log.error("model %s cannot be looked into: its folder is closed to this user", name)
        self._closed = closed

    def _forget_gone(self, known: dict[str, list[int]]) -> None:
        """Forgets versions that were removed longer ago than a call takes, and those that were broken."""
        for name, version in list(self._broken):
            if version not in known.get(name, []):
                self._broken.pop((name, version), None)
        now = time.monotonic()
        for name, versions in list(self._models.items()):
            away = {number for number in versions if number not in known.get(name, [])}
            since = {number: self._gone.setdefault((name, number), now) for number in away}
            kept = {
                number: served
                for number, served in versions.items()
                if number not in away or now - since[number] < GRACE_SECONDS
            }
            for number in versions.keys() - away:
                self._gone.pop((name, number), None)
            if kept:
                self._models[name] = kept
            else:
                del self._models[name]

    def _watch(self) -> None:
        while not self._stopping.wait(self._poll_seconds):
            try:
                self.refresh()
            except Exception:  # noqa: BLE001  # whatever happened, the next look may go well
                _log.exception("cannot look into %s", self._root)
