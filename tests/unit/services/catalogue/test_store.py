"""The catalogues that a service has open."""

from __future__ import annotations

import errno
from pathlib import Path

from catalogue.curating import Judgement
from catalogue.folders import FolderShelf
from catalogue.reader import Reader
from catalogue.snapshot import SNAPSHOT
from services.catalogue.store import CatalogueStore
from tests.support.waiting import eventually
from tests.support.works import make_catalogue, work
from vision.identification.quality import quality_of


class KeptFromTheFirstWork(FolderShelf):
    """Catalogues in a folder that are kept however few works they have."""

    def reader(self, name: str) -> Reader:
        return Reader(self.root / name, keep_from_bytes=0)


class Unreadable(FolderShelf):
    """A folder whose disk has gone."""

    def names(self) -> list[str]:
        raise OSError(errno.EIO, "Input/output error")


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


def test_a_work_that_was_added_is_judged_without_the_others_where_they_cannot_be_read(tmp_path: Path) -> None:
    make_catalogue(tmp_path, [0])
    store = CatalogueStore(Unreadable(tmp_path))
    added = work(0)
    assert store.judge("museum", added) == Judgement("work-0", quality_of(added.reference), ())
