"""Catalogues leave by `lienzo catalogue export`, and come back by `import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.works import make_catalogue


def test_an_exported_catalogue_is_imported_from_its_file(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1, 2])
    file = tmp_path / "museum.catalogue"
    assert curate("catalogue", "export", "--name", "museum", "--output", file).status == 0
    assert curate("catalogue", "import", file, "--name", "copy").out == "copy: 2 works.\n"
    again = curate("catalogue", "import", file, "--name", "copy")
    assert (again.status, "already" in again.err) == (2, True)
    text = tmp_path / "notes.txt"
    text.write_text("no catalogue")
    for name in ("other", "copy"):
        assert "not an exported catalogue" in curate("catalogue", "import", text, "--name", name).err


def test_an_import_of_nothing_is_refused_and_makes_nothing(curate: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    table = tmp_path / "records.csv"
    table.write_text("file,title\n")
    missing = tmp_path / "nosuch.catalogue"
    for arguments, got in (
        ((empty,), f"No works in {empty}."),
        ((empty, "--csv", table), f"No works in {table}."),
        ((missing,), f"{missing}: no such file or folder."),
    ):
        ran = curate("catalogue", "import", *arguments, "--name", "museum")
        assert (ran.status, ran.out, ran.err) == (2, "", f"{got}\n")
    assert not (tmp_path / "catalogues").exists()


def test_a_file_that_cannot_be_exported_to_is_named(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1])
    file = tmp_path / "nosuch" / "museum.catalogue"
    ran = curate("catalogue", "export", "--name", "museum", "--output", file)
    assert (ran.status, ran.out, ran.err) == (2, "", f"{file}: no such file or directory.\n")
