"""`lienzo catalogue` and `lienzo identify` on drawn works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalogue.compaction import PART
from catalogue.writer import open_writer
from tests.support.pictures import jpeg
from tests.support.works import make_catalogue, on_a_wall, painted, reference

LEFT = [(40, 60), (300, 80), (290, 270), (50, 280)]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in (1, 2, 3):
        (folder / f"{seed}.jpg").write_bytes(reference(seed))
    (folder / "records.csv").write_text(
        "file,title,artist,year\n1.jpg,One,A,1901\n2.jpg,Two,B,1902\n3.jpg,Three,,\n"
    )
    return folder


def test_an_imported_work_is_identified_with_its_record(curate: Any, pictures: Path) -> None:
    imported = curate("catalogue", "import", pictures, "--csv", pictures / "records.csv", "--name", "museum")
    assert (imported.status, imported.err) == (0, "")
    assert imported.out == "museum: 3 works (3 added, 0 changed, 0 unchanged, 0 failed).\n"
    photo = pictures / "photo.jpg"
    photo.write_bytes(jpeg(on_a_wall([(painted(2), LEFT)])))
    ran = curate("identify", photo, "--name", "museum", "--json")
    facts = json.loads(ran.out)
    (work,) = facts["works"]
    assert (work["id"], work["title"], work["artist"], work["record"]) == ("2", "Two", "B", {"year": "1902"})
    assert work["confidence"] > 0.9
    assert np.abs(np.array(work["quad"]) - LEFT).max() < 6
    assert curate("identify", photo).out == f"{photo}: Two by B (100 %)\n"


def test_a_title_is_told_in_the_language_that_is_asked_for(curate: Any, pictures: Path) -> None:
    (pictures / "records.csv").write_text("file,title,title_es,artist\n2.jpg,Two,Dos,B\n")
    curate("catalogue", "import", pictures, "--csv", pictures / "records.csv", "--name", "museum")
    photo = pictures / "photo.jpg"
    photo.write_bytes(jpeg(on_a_wall([(painted(2), LEFT)])))
    assert curate("identify", photo, "--language", "es-MX").out == f"{photo}: Dos by B (100 %)\n"
    assert curate("identify", photo, "--language", "en").out == f"{photo}: Two by B (100 %)\n"


def test_works_are_looked_for_in_the_part_that_is_named(curate: Any, pictures: Path) -> None:
    curate("catalogue", "import", pictures, "--csv", pictures / "records.csv", "--name", "museum")
    photo = pictures / "photo.jpg"
    right = [(x + 340, y) for x, y in LEFT]
    photo.write_bytes(jpeg(on_a_wall([(painted(1), LEFT), (painted(2), right)], size=(700, 330))))
    (work,) = json.loads(curate("identify", photo, "--region", "340,0,360,330", "--json").out)["works"]
    assert work["id"] == "2"
    assert np.abs(np.array(work["quad"]) - right).max() < 6


def test_an_import_that_is_repeated_changes_only_what_is_new(curate: Any, pictures: Path) -> None:
    command = (
        "catalogue",
        "import",
        pictures,
        "--csv",
        pictures / "records.csv",
        "--name",
        "museum",
        "--json",
    )
    curate(*command)
    table = pictures / "records.csv"
    table.write_text(table.read_text().replace("Three", "Third"))
    (pictures / "1.jpg").write_bytes(reference(7))
    facts = json.loads(curate(*command).out)
    assert (facts["works"], facts["added"], facts["changed"], facts["unchanged"]) == (3, 0, 2, 1)


def test_an_import_without_a_table_keeps_the_records_that_are_known(curate: Any, pictures: Path) -> None:
    command = ("catalogue", "import", pictures, "--name", "museum")
    curate(*command, "--csv", pictures / "records.csv")
    (pictures / "1.jpg").write_bytes(reference(7))
    assert curate(*command).out == "museum: 3 works (0 added, 1 changed, 2 unchanged, 0 failed).\n"
    works = json.loads(curate("catalogue", "list", "--name", "museum", "--json").out)["works"]
    assert {(each["title"], each["columns"].get("year")) for each in works} == {
        ("One", "1901"),
        ("Two", "1902"),
        ("Three", None),
    }
    assert "One by A (" in curate("identify", pictures / "1.jpg").out


def test_what_cannot_be_imported_is_named_and_the_rest_is_there(curate: Any, pictures: Path) -> None:
    (pictures / "2.jpg").unlink()
    (pictures / "3.jpg").write_bytes(jpeg(np.full((90, 90, 3), 40, np.uint8)))
    ran = curate(
        "catalogue", "import", pictures, "--csv", pictures / "records.csv", "--name", "museum", "--json"
    )
    assert ran.status == 2
    facts = json.loads(ran.out)
    assert (facts["works"], facts["added"], facts["failed"]) == (1, 1, 2)
    missing, blank = facts["failures"]
    assert (missing["id"], missing["problem"]) == ("2", f"{pictures / '2.jpg'}: No such file or directory")
    assert "one colour all over" in blank["problem"]


def test_a_table_that_cannot_be_used_changes_nothing(curate: Any, pictures: Path, tmp_path: Path) -> None:
    (pictures / "records.csv").write_text("file\n1.jpg\n1.jpg\n")
    ran = curate("catalogue", "import", pictures, "--csv", pictures / "records.csv", "--name", "museum")
    assert ran.status == 2
    assert 'two works have the id "1"' in ran.err
    assert not (tmp_path / "catalogues").exists()


def test_a_second_import_at_the_same_time_is_refused(curate: Any, pictures: Path, tmp_path: Path) -> None:
    with open_writer(tmp_path / "catalogues", "museum"):
        ran = curate("catalogue", "import", pictures, "--name", "museum")
    assert (ran.status, ran.out) == (2, "")
    assert 'another process is writing to the catalogue "museum"' in ran.err


def test_works_are_added_listed_and_removed(curate: Any, pictures: Path) -> None:
    added = curate(
        *("catalogue", "add", pictures / "1.jpg", "--name", "museum", "--id", "P1", "--title", "One"),
        *("--column", "room=12"),
    )
    assert added.out == "museum: added P1, 1 work.\n"
    assert json.loads(curate("catalogue", "list", "--name", "museum", "--json").out) == {
        "works": [{"id": "P1", "title": "One", "artist": "", "columns": {"room": "12"}, "score": 83}]
    }
    assert curate("catalogue", "list").out == "museum: 1 work\n"
    assert curate("catalogue", "remove", "P2", "--name", "museum").status == 2
    assert curate("catalogue", "remove", "P1", "--name", "museum").out == "museum: removed P1, 0 works.\n"


def test_a_work_is_removed_even_where_its_space_cannot_be_freed(curate: Any, tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path / "catalogues", [1])
    (folder / PART).mkdir()
    ran = curate("catalogue", "remove", "work-1", "--name", "museum")
    assert (ran.status, ran.out) == (0, "museum: removed work-1, 0 works.\n")
    assert "Not compacted, which the next change tries again: " in ran.err
    (folder / PART).rmdir()
    make_catalogue(tmp_path / "catalogues", [2])
    ran = curate("catalogue", "remove", "work-2", "--name", "museum")
    assert (ran.status, ran.err) == (0, "")
    assert (folder / "works-000002.log").exists()


def test_a_work_that_exists_is_replaced_only_when_asked(curate: Any, pictures: Path) -> None:
    add = ("catalogue", "add", "--name", "museum")
    curate(*add, pictures / "1.jpg", "--title", "One")
    ran = curate(*add, pictures / "2.jpg", "--id", "1")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        'The catalogue "museum" has a work "1" already. '
        "Give another id with --id, or replace it with --replace.\n"
    )
    (kept,) = json.loads(curate("catalogue", "list", "--name", "museum", "--json").out)["works"]
    assert kept["title"] == "One"
    ran = curate(*add, pictures / "2.jpg", "--id", "1", "--title", "Two", "--replace")
    assert (ran.status, ran.out) == (0, "museum: replaced 1, 1 work.\n")
    assert "Two (" in curate("identify", pictures / "2.jpg", "--name", "museum").out


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "not a picture: the file is empty."),
        (b"some text", "not a picture (text/plain)."),
        (reference(1)[:2000], "truncated JPEG: the file ends before the picture does."),
        (jpeg(np.full((90, 90, 3), 40, np.uint8)), 'the reference of "new" cannot be used: it is one colour'),
    ],
)
def test_a_picture_that_cannot_be_added_is_named(
    curate: Any, tmp_path: Path, content: bytes, got: str
) -> None:
    file = tmp_path / "new.jpg"
    file.write_bytes(content)
    ran = curate("catalogue", "add", file, "--name", "museum")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"{file}: {got}")
    assert not (tmp_path / "catalogues").exists()


def test_a_catalogue_that_is_not_there_is_told(curate: Any, pictures: Path) -> None:
    for command in (("identify", pictures / "1.jpg"), ("catalogue", "list")):
        ran = curate(*command, "--name", "other")
        assert (ran.status, ran.err) == (2, 'No catalogue "other". There are none yet.\n')


def test_why_nothing_is_recognised_is_told_in_plain_words(curate: Any, tmp_path: Path) -> None:
    photos = {name: tmp_path / f"{name}.jpg" for name in ("stranger", "blank")}
    photos["stranger"].write_bytes(reference(70))
    photos["blank"].write_bytes(jpeg(painted(0) * 0 + 90))
    make_catalogue(tmp_path / "catalogues", [])
    why = "the catalogue has no works; add some by lienzo catalogue import or add"
    assert curate("identify", photos["stranger"]).out == f"{photos['stranger']}: not recognised: {why}\n"
    make_catalogue(tmp_path / "catalogues", [1])
    got = {name: curate("identify", photo).out.partition("recognised: ")[2] for name, photo in photos.items()}
    assert got["blank"].startswith("too little is to be seen in the photo")
    assert got["stranger"].startswith(
        ("no work of the catalogue is to be seen", "parts of it resemble a work")
    )


def test_one_of_several_catalogues_is_named(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1, 2])
    make_catalogue(tmp_path / "catalogues", [], "depot")
    (tmp_path / "1.jpg").write_bytes(reference(1))
    ran = curate("identify", tmp_path / "1.jpg")
    got = "Which catalogue? There are: depot, museum. Name it with --name.\n"
    assert (ran.status, ran.out, ran.err) == (2, "", got)
    listed = curate("catalogue", "list", "museum")
    assert (listed.status, "Number 2" in listed.out) == (0, True)
    assert listed == curate("catalogue", "list", "--name", "museum")
    for action in ("list", "export"):
        ran = curate("catalogue", action, "museum", "--name", "depot")
        assert (ran.status, ran.err) == (2, "One catalogue at a time, not 2: depot, museum.\n")


def test_catalogues_beside_a_broken_one_are_listed(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1])
    broken = make_catalogue(tmp_path / "catalogues", [], "broken")
    (broken / "catalogue.json").write_text("{")
    ran = curate("catalogue", "list")
    assert (ran.status, ran.out) == (2, "museum: 1 work\n")
    assert ran.err == f"{broken}: catalogue.json cannot be read.\n"
    facts = json.loads(curate("catalogue", "list", "--json").out)
    assert facts["catalogues"] == [{"name": "museum", "works": 1}]
    assert [each["name"] for each in facts["unreadable"]] == ["broken"]


def test_evaluate_counts_and_shows_mistakes(curate: Any, pictures: Path, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1, 2, 3])
    queries = tmp_path / "queries"
    queries.mkdir()
    for name, seed in (("a", 1), ("b", 2), ("stranger", 50)):
        (queries / f"{name}.jpg").write_bytes(jpeg(on_a_wall([(painted(seed), LEFT)])))
    table = tmp_path / "queries.csv"
    table.write_text("file,works\na.jpg,work-1\nb.jpg,work-1\nstranger.jpg,\n")
    page = tmp_path / "mistakes.html"
    facts = json.loads(curate("catalogue", "evaluate", "museum", table, "--json", "--output", page).out)
    assert (facts["count"], facts["strangers"]) == (3, 1)
    assert facts["exact_set"] == pytest.approx(2 / 3)
    assert (facts["first_right"], facts["false_identifications"]) == (0.5, 0.0)
    (mistake,) = facts["mistakes"]
    assert (mistake["works"], mistake["found"]) == (["work-1"], ["work-2"])
    assert page.read_text().count("data:image/jpeg") == 3


def test_photos_that_cannot_be_read_are_named_and_not_counted(curate: Any, tmp_path: Path) -> None:
    make_catalogue(tmp_path / "catalogues", [1, 2])
    (tmp_path / "a.jpg").write_bytes(reference(1))
    (tmp_path / "notes.jpg").write_text("no picture")
    table = tmp_path / "queries.csv"
    table.write_text("file,works\na.jpg,work-1\ngone.jpg,work-2\nnotes.jpg,\n")
    ran = curate("catalogue", "evaluate", "museum", table)
    assert ran.status == 2
    gone, notes = ran.err.splitlines()
    assert gone == f"{tmp_path / 'gone.jpg'}: no such file or directory."
    assert notes.startswith(f"{tmp_path / 'notes.jpg'}: not a picture (text/plain)")
    assert ran.out == "1 of 3 photos: exactly right 100.0 %, first answer right 100.0 %.\n"
    facts = json.loads(curate("catalogue", "evaluate", "museum", table, "--json").out)
    assert (facts["count"], facts["mistakes"], facts["false_identifications"]) == (1, [], None)
    assert [Path(each["file"]).name for each in facts["unread"]] == ["gone.jpg", "notes.jpg"]
    (tmp_path / "a.jpg").unlink()
    ran = curate("catalogue", "evaluate", "museum", table)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.endswith(f"{table}: none of its photos could be read.\n")


def test_an_import_names_works_that_look_alike_and_those_that_are_hard_to_find(
    curate: Any, pictures: Path
) -> None:
    (pictures / "copy.jpg").write_bytes(reference(1))
    plain = np.full((240, 320, 3), 200, np.uint8)
    plain[100:130, 100:180] = painted(3)[100:130, 100:180]
    (pictures / "plain.jpg").write_bytes(jpeg(plain))
    facts = json.loads(curate("catalogue", "import", pictures, "--name", "museum", "--json").out)
    doubts = {each["id"]: each for each in facts["doubts"]}
    assert doubts.keys() == {"1", "copy", "plain"}
    assert [each["id"] for each in doubts["1"]["look_alikes"]] == ["copy"]
    assert doubts["plain"]["score"] < 30
    assert doubts["plain"]["look_alikes"] == []
    assert any("details" in advice for advice in doubts["plain"]["advice"])
