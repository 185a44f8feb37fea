"""Tables of records: what they may say, and what is told of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from catalogue.enrolment import enrol
from catalogue.errors import InvalidRecord, UnusableReference
from catalogue.records import read_rows
from catalogue.work import Record
from tests.support.pictures import jpeg
from tests.support.works import painted


def table(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "records.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_row_becomes_a_record(tmp_path: Path) -> None:
    lines = (
        "\ufefffile,title,artist,year,title_es,empty",
        'a/1.jpg,"Youth, in blue",Edvard Munch,1893,Juventud,',
        "",
        "",
    )
    text = "\r\n".join(lines)
    (row,) = read_rows(tmp_path, table(tmp_path, text))
    assert row.path == tmp_path / "a" / "1.jpg"
    further = {"year": "1893", "title_es": "Juventud"}
    assert row.record == Record("1", "Youth, in blue", "Edvard Munch", further)


def test_an_id_of_its_own_counts(tmp_path: Path) -> None:
    (row,) = read_rows(tmp_path, table(tmp_path, "id,file\nP001174,meninas.jpg\n"))
    assert row.record.id == "P001174"


def test_without_a_table_every_picture_is_a_work(tmp_path: Path) -> None:
    for name in ("c.jfif", "IMG_4"):  # called in a way that says nothing
        (tmp_path / name).write_bytes(jpeg(np.zeros((8, 8, 3), np.uint8)))
    for name in ("b.JPG", "a.png", "notes.txt", ".thumbnail.jpg"):
        (tmp_path / name).touch()
    assert [row.record.id for row in read_rows(tmp_path)] == ["IMG_4", "a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("title,artist\na,b\n", r'no column "file" \(its columns: title, artist\)'),
        ("", r'no column "file" \(its columns: none\)'),
        ("file,title,title\na.jpg,b,c\n", r'the column "title" stands twice'),
        (
            "file;title\na.jpg;b\n",
            r"file;title\)\. Its columns are separated by semicolons: save it with commas$",
        ),
        ("file\ttitle\na.jpg\tb\n", "separated by tabs"),
        ("title,artist;x\na,b\n", r"artist;x\)$"),
        ("file,title\n,b\n", 'line 2: the column "file" is empty'),
        ("file\na.jpg\nb.jpg\nx/a.png\n", r'two works have the id "a" \(a.jpg and a.png\)'),
        ("file,id\na.jpg,1\nb.jpg,1\n", r'two works have the id "1"'),
        ("file,title\na.jpg,b,c\n", "line 2: more values than columns"),
        ("file\n../a.jpg\n", "outside"),
        ("file,title\na.jpg,ok\nb.jpg,Mu\xf1oz\n".encode("latin-1"), "line 3: not UTF-8"),
        ("file,id\na.jpg," + "x" * 129 + "\n", "cannot be the id of a work"),
    ],
)
def test_a_table_that_cannot_be_used_is_told(tmp_path: Path, text: str | bytes, got: str) -> None:
    with pytest.raises(InvalidRecord, match=got):
        read_rows(tmp_path, table(tmp_path, text))


def test_a_reference_in_which_nothing_is_to_be_seen_is_refused() -> None:
    blank = jpeg(np.full((200, 300, 3), 90, np.uint8))
    with pytest.raises(UnusableReference, match="one colour all over"):
        enrol(Record("blank"), blank)


def test_a_reference_that_is_too_small_to_be_found_is_refused() -> None:
    small = cv2.resize(painted(1), (60, 45), interpolation=cv2.INTER_AREA)
    with pytest.raises(UnusableReference, match=r"60 × 45 pixels, too few .* its longer side must have 64"):
        enrol(Record("a"), jpeg(small))
