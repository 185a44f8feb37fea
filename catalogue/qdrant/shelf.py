"""Catalogues on a Qdrant server."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from catalogue.qdrant.address import parse_address
from catalogue.qdrant.client import Server
from catalogue.qdrant.collections import names_of
from catalogue.qdrant.reading import QdrantReader
from catalogue.qdrant.writing import QdrantWriter, make_catalogue, open_qdrant_writer
from catalogue.reader import Reader
from catalogue.work import work_from_bytes


class QdrantShelf:
    """The catalogues of a Qdrant server, in collections with one prefix."""

    def __init__(self, url: str) -> None:
        """Remembers where; the first question connects.

        Raises:
            InvalidPlace: When the address or the key cannot be read.
        """
        self._server = Server(parse_address(url))

    @property
    def place(self) -> str:
        """Server and prefix, without the key."""
        return self._server.place

    def names(self) -> list[str]:
        """Lists the names of all catalogues, ascending."""
        return names_of(self._server)

    def reader(self, name: str) -> QdrantReader:
        """Returns the reader of a catalogue."""
        return QdrantReader(self._server, name)

    def writer(
        self, name: str, *, wait_seconds: float = 0.0, create: bool = True
    ) -> AbstractContextManager[QdrantWriter]:
        """Opens a catalogue for writing; see `open_qdrant_writer`."""
        return open_qdrant_writer(self._server, name, wait_seconds=wait_seconds, create=create)

    def compact(self, name: str, *, wait_seconds: float = 0.0) -> bool:
        """Does nothing: Qdrant clears removed and replaced points by itself."""
        return False

    def workplace(self) -> Path | None:
        """Returns None: files may be unpacked in any folder."""
        return None

    def adopt(self, folder: Path, name: str) -> None:
        """Makes a catalogue of files; others see it when it has all works."""
        make_catalogue(self._server, name, map(work_from_bytes, Reader(folder).view().bodies()))
