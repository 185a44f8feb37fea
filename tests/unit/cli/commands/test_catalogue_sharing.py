"""Catalogues leave by `lienzo catalogue export`, and come back by `import`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.works import make_catalogue

LEFT = [(40, 60), (300, 80), (290, 270), (50, 280)]


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


def test_a_catalogue_is_exported_for_the_phone(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", (1, 2))
    package = tmp_path / "museum.mlpackage"
    ran = curate("catalogue", "export", "museum", "--to", "coreml", "--output", package, "--json")
    facts = json.loads(ran.out)
    assert (ran.status, facts["works"], facts["package"]) == (0, 2, str(package))
    assert facts["parity"]["max_difference"] < 1e-4
    assert [each["title"] for each in json.loads(Path(facts["records"]).read_text())] == [
        "Number 1",
        "Number 2",
    ]


def test_what_a_package_cannot_take_is_refused(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", (), "empty")
    ran = curate("catalogue", "export", "empty", "--to", "coreml")
    assert (ran.status, ran.out) == (2, "")
    assert "1 to 20000 works, and empty has 0" in ran.err
    make_catalogue(tmp_path / "catalogues", (1,))
    file = tmp_path / "museum.catalogue"
    ran = curate("catalogue", "export", "museum", "--to", "coreml", "--output", file)
    assert ran.status == 2
    assert ".mlpackage" in ran.err
    assert not file.exists()
