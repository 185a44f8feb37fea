"""A catalogue as one file: the same elsewhere, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.errors import (
    DamagedCatalogue,
)
from catalogue.folders import FolderShelf
from catalogue.reader import Reader
from catalogue.sharing import export_catalogue, import_catalogue
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
