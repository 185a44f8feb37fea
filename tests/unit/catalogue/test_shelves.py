"""Places of catalogues: what an address opens."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from catalogue.errors import EngineNotInstalled, InvalidPlace
from catalogue.folders import FolderShelf
from catalogue.shelves import open_shelf


def test_a_path_is_a_folder_of_catalogues(tmp_path: Path) -> None:
    shelf = open_shelf(str(tmp_path))
    assert isinstance(shelf, FolderShelf)
    assert (shelf.place, shelf.names()) == (str(tmp_path), [])


def test_a_file_is_not_a_place_of_catalogues(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", f"{tmp_path};{tmp_path / 'file'}"):
        with pytest.raises(InvalidPlace, match="file: cannot be read as a folder: Not a directory"):
            open_shelf(place)
    assert open_shelf(tmp_path / "not-yet").names() == []


@pytest.mark.parametrize("place", ["", " ", ";", " ; "])
def test_nothing_is_not_a_place_of_catalogues(place: str) -> None:
    with pytest.raises(InvalidPlace, match=r"no place of catalogues: is a variable not set\?$"):
        open_shelf(place)


def test_a_semicolon_behind_a_place_is_not_part_of_its_name(tmp_path: Path) -> None:
    assert open_shelf(f"{tmp_path};").place == str(tmp_path)


def test_another_address_is_refused_without_what_it_says() -> None:
    with pytest.raises(
        InvalidPlace,
        match=r"^mysql://…: catalogues are kept in a folder, at postgresql://… or at qdrant://…$",
    ):
        open_shelf("mysql://curator:secret@host/art")


@pytest.mark.parametrize(
    ("address", "package", "library", "extra"),
    [
        ("postgresql://host/art", "catalogue.postgres", "psycopg", "postgres"),
        ("qdrant://host/art", "catalogue.qdrant", "qdrant_client", "qdrant"),
    ],
)
def test_a_database_without_what_asks_it_names_the_extra(
    address: str, package: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.startswith(package)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(EngineNotInstalled, match=rf"pip install 'lienzo\[{extra}\]'"):
        open_shelf(address)
