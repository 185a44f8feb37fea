"""Catalogues as folders on this machine: `<root>/<name>/catalogue.json`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from catalogue.compaction import compact_works
from catalogue.manifest import sync_folder
from catalogue.reader import Reader
from catalogue.recovery import WorksState
from catalogue.repository import list_catalogues
from catalogue.shelf import MOST_DEAD
from catalogue.writer import Writer, open_writer


class FolderShelf:
    """The catalogues below a folder. Before a change only works that were added since the last are read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._states: dict[str, WorksState] = {}

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def names(self) -> list[str]:
        """Lists the names of all catalogues, ascending."""
        return list_catalogues(self.root)

    def reader(self, name: str) -> Reader:
        """Returns the reader of a catalogue."""
        return Reader(self.root / name)

    def writer(
        self, name: str, *, wait_seconds: float = 0.0, create: bool = True
    ) -> AbstractContextManager[Writer]:
        """Opens a catalogue for writing; see `open_writer`."""
        return open_writer(self.root, name, wait_seconds=wait_seconds, create=create, states=self._states)

    def compact(self, name: str, *, wait_seconds: float = 0.0) -> bool:
        """Frees the space of removed and replaced works where they take more than half."""
        return compact_works(
            self.root, name, wait_seconds=wait_seconds, more_than=MOST_DEAD, states=self._states
        )

    def workplace(self) -> Path | None:
        """Returns the root: a folder in it becomes a catalogue by one rename."""
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root

    def adopt(self, folder: Path, name: str) -> None:
        """Moves a folder to its place as a catalogue."""
        folder.rename(self.root / name)
        sync_folder(self.root)
