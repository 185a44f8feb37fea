"""A catalogue as one file: the same elsewhere, or refused."""

from __future__ import annotations

import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from catalogue.errors import (
    DamagedCatalogue,
)
from catalogue.folders import FolderShelf
from catalogue.reader import Reader
from catalogue.sharing import export_catalogue, import_catalogue
from catalogue.shelf import CatalogueView
from catalogue.writer import open_writer
from tests.support.works import make_catalogue


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_catalogue(tmp_path, range(4))
    return tmp_path


def test_an_exported_catalogue_is_the_same_elsewhere(root: Path, tmp_path: Path) -> None:
    with open_writer(root, "museum") as writer:
        writer.remove("work-2")
    file = tmp_path / "museum.catalogue"
    digest = export_catalogue(Reader(root / "museum").view(), file)
    assert len(digest) == 64
    assert import_catalogue(file, FolderShelf(tmp_path / "elsewhere"), "copy") == 3
    here, there = Reader(root / "museum").view(), Reader(tmp_path / "elsewhere" / "copy").view()
    assert list(there.numbers) == list(here.numbers)
    for work_id in here.numbers:
        assert bytes(there.body(there.numbers[work_id])) == bytes(here.body(here.numbers[work_id]))


class LargeView:
    """A catalogue in a database: works are read from it one by one."""

    name = "large"
    count = 60

    def bodies(self) -> Iterator[memoryview]:
        return (memoryview(bytes(2**20)) for _ in range(self.count))


def test_an_export_takes_no_memory_for_works_that_are_written(tmp_path: Path) -> None:
    file = tmp_path / "large.catalogue"
    tracemalloc.start()
    try:
        export_catalogue(cast(CatalogueView, LargeView()), file)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert file.stat().st_size > 60 * 2**20
    assert most < 12 * 2**20
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_file_of_works_is_damaged(root: Path, tmp_path: Path) -> None:
    file, empty = tmp_path / "museum.catalogue", tmp_path / "empty.catalogue"
    export_catalogue(Reader(root / "museum").view(), file)
    with tarfile.open(file) as archive, tarfile.open(empty, "w") as without:
        manifest, works = archive.getmembers()
        without.addfile(manifest, archive.extractfile(manifest))
        works.size = 0
        without.addfile(works)
    with pytest.raises(DamagedCatalogue, match="at byte 0"):
        import_catalogue(empty, FolderShelf(tmp_path / "elsewhere"), "copy")


@pytest.mark.parametrize("place", [3_000, 40_000, -20_000])
def test_a_damaged_export_is_refused_and_leaves_nothing(root: Path, tmp_path: Path, place: int) -> None:
    file = tmp_path / "museum.catalogue"
    export_catalogue(Reader(root / "museum").view(), file)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(DamagedCatalogue):
        import_catalogue(file, FolderShelf(tmp_path / "elsewhere"), "copy")
    assert list((tmp_path / "elsewhere").iterdir()) == []
