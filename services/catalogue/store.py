"""The catalogues that a process serves: read when they are first asked for, and kept up to date."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Final

from catalogue.curating import Judgement, judge_works
from catalogue.errors import CatalogueError
from catalogue.shelf import CatalogueReader, CatalogueView, Shelf
from catalogue.shelves import find_catalogue
from catalogue.work import Work
from vision.identification.quality import quality_of

_log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.5


class CatalogueStore:
    """Gives the catalogues as they are now; several servers of one place see the same works."""

    def __init__(self, shelf: Shelf) -> None:
        """Remembers where; `start` reads."""
        self._shelf = shelf
        self._lock = threading.Lock()
        self._readers: dict[str, CatalogueReader] = {}
        self._known: list[str] = []
        self._missing: dict[str, str] = {}
        self._away = ""
        self._problems: dict[str, str] = {}
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="catalogues", daemon=True)

    def start(self) -> None:
        """Reads what is there, and begins to watch, so that calls need not wait after a large import."""
        self._look()
        self._watcher.start()

    def stop(self) -> None:
        """Ends watching."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()

    def view(self, name: str) -> CatalogueView:
        """Returns a catalogue as it is now; without a name the only one there is.

        Raises:
            CatalogueError: When it is not there, or cannot be read.
        """
        return self._reader(find_catalogue(self._shelf, name)).view()

    def _reader(self, name: str) -> CatalogueReader:
        with self._lock:
            return self._readers.get(name) or self._readers.setdefault(name, self._shelf.reader(name))

    def judge(self, name: str, work: Work) -> Judgement:
        """Judges a work that was added; without look-alikes where another process has removed it since."""
        try:
            for judgement in judge_works(self.view(name), [work.record.id]):
                return judgement
        except (CatalogueError, OSError) as error:
            _log.warning("what %s looks like is not known: %s", work.record.id, error)
        return Judgement(work.record.id, quality_of(work.reference), ())

    def was_there(self, name: str) -> bool:
        """Returns whether a catalogue was there at the last look; without a name, whether there was one."""
        return name in self._known if name else len(self._known) == 1

    def check(self, name: str) -> None:
        """Refuses the name of a catalogue that is not there, before anything is fetched for it; may wait.

        Raises:
            CatalogueError: When it is not there, or none is named and there are several.
        """
        find_catalogue(self._shelf, name)

    def names(self) -> list[str]:
        """Lists the catalogues."""
        return self._shelf.names()

    def problem(self) -> str:
        """Says why none of the catalogues can be read; empty where one can, and where there are none."""
        if self._away:
            return self._away
        known, problems = self._known, self._problems
        return self._text_of(problems) if known and len(problems) == len(known) else ""

    def warning(self) -> str:
        """Says which catalogues cannot be read, or not all of them, and why; empty where all can."""
        missing = (
            f"a part of the catalogue {name} is missing: {text}" for name, text in self._missing.items()
        )
        return "; ".join(filter(None, (self._text_of(self._problems), *missing)))

    @staticmethod
    def _text_of(problems: Mapping[str, str]) -> str:
        return "; ".join(f"the catalogue {name} cannot be read: {text}" for name, text in problems.items())

    def _look(self) -> None:
        try:
            known = self.names()
        except (CatalogueError, OSError) as error:
            if not self._away:  # told once, not with every look
                _log.error("%s", error)
            self._away = problem_of(error)
            return
        self._away = ""
        problems: dict[str, str] = {}
        missing: dict[str, str] = {}
        for name in known:
            try:
                if part := self.view(name).missing:
                    missing[name] = part
                    if self._missing.get(name) != part:
                        _log.error("a part of the catalogue %s is missing: %s", name, part)
            except (CatalogueError, OSError) as error:
                problems[name] = problem_of(error)
                if self._problems.get(name) != problems[name]:
                    _log.error("the catalogue %s cannot be read: %s", name, error)
        self._known, self._problems, self._missing = known, problems, missing

    def _watch(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            try:
                self._look()
                for name in self._known:
                    self._reader(name).keep()
            except Exception:  # noqa: BLE001  # whatever happened, the next look may go well
                _log.exception("cannot look into %s", self._shelf.place)


def problem_of(error: CatalogueError | OSError) -> str:
    """Says why a catalogue cannot be read, without the folders of this machine: everybody may ask."""
    if isinstance(error, CatalogueError):
        return error.details.get("problem", str(error))
    return error.strerror or type(error).__name__
