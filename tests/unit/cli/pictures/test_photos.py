"""Which pictures a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CliError
from cli.pictures.photos import find_photos, pictures_in
from lienzo_client import Uri

STARTS = {
    "a.jpg": b"\xff\xd8\xff\xe0",
    "b.png": b"\x89PNG\r\n\x1a\n",
    "c.webp": b"RIFF\x00\x00\x00\x00WEBP",
    "d.heic": b"\x00\x00\x00\x18ftypheic",
    "e.gif": b"GIF89a",
    "f.tiff": b"II*\x00",
    "g.bmp": b"BM",
}


def test_pictures_are_found_by_content_in_all_folders_below(tmp_path: Path) -> None:
    for name, start in STARTS.items():
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / name).write_bytes(start + bytes(20))
    (tmp_path / "really.txt").write_bytes(STARTS["a.jpg"])
    (tmp_path / "fake.jpg").write_text("text")
    (tmp_path / ".hidden.jpg").write_bytes(STARTS["a.jpg"])
    assert [path.name for path in pictures_in(tmp_path)] == [*STARTS, "really.txt"]


def test_files_are_taken_as_they_are_named_and_addresses_stay_addresses(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("text")
    photos = find_photos([str(notes), "s3://museum/a.jpg"])
    assert [photo.picture for photo in photos] == [notes, Uri("s3://museum/a.jpg")]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="no such file or folder"):
        find_photos([str(tmp_path / "nowhere")])
    with pytest.raises(CliError, match="no pictures in this folder"):
        find_photos([str(tmp_path)])
