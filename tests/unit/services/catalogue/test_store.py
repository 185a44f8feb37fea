"""The catalogues that a service has open."""

from __future__ import annotations

from pathlib import Path

from catalogue.folders import FolderShelf
from catalogue.reader import Reader
from catalogue.snapshot import SNAPSHOT
from services.catalogue.store import CatalogueStore
from tests.support.waiting import eventually
from tests.support.works import make_catalogue


class KeptFromTheFirstWork(FolderShelf):
    """Catalogues in a folder that are kept however few works they have."""

    def reader(self, name: str) -> Reader:
        return Reader(self.root / name, keep_from_bytes=0)


def test_a_service_keeps_what_it_has_read_for_its_next_start(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path, [0, 1])
    store = CatalogueStore(KeptFromTheFirstWork(tmp_path))
    store.start()
    try:
        eventually((folder / SNAPSHOT).exists)
    finally:
        store.stop()
    assert Reader(folder).view().parts[0].signatures.flags.owndata is False
    make_catalogue(tmp_path, [2])
    assert list(Reader(folder).view().numbers) == ["work-0", "work-1", "work-2"]
