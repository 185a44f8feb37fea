"""Which pictures a command line means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.errors import CliError
from cli.pictures.contents import contents_below, own_reader
from cli.pictures.photos import find_photos, pictures_in
from lienzo_client import Uri
from vision.picture import decode

STARTS = {
    "a.jpg": b"\xff\xd8\xff\xe0",
    "b.png": b"\x89PNG\r\n\x1a\n",
    "c.webp": b"RIFF\x00\x00\x00\x00WEBP",
    "d.heic": b"\x00\x00\x00\x18ftypheic",
    "d2.heics": b"\x00\x00\x00\x18ftyphevx",
    "e.gif": b"GIF89a",
    "f.tiff": b"II*\x00",
    "f2.tiff": b"MM\x00+",
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


def test_a_large_tiff_is_found_that_the_server_reads(tmp_path: Path) -> None:
    file = tmp_path / "scan.tif"
    Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(file, "TIFF", big_tiff=True)
    assert file.read_bytes()[:4] == b"II+\0"
    assert decode(file.read_bytes()).info.format == "tiff"
    assert pictures_in(tmp_path) == [file]
    with own_reader() as reader:
        assert list(contents_below(str(tmp_path), reader)) == [(str(file), file)]
        ((name, data),) = contents_below(f"file://{tmp_path}/", reader)
    assert (name, data) == (f"file://{file}", file.read_bytes())


def test_an_avif_in_a_neutral_container_is_passed_over_as_the_server_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "a.avif").write_bytes(b"\0\0\0\x1cftypmif1\0\0\0\0avifmiafxxxx")
    assert pictures_in(tmp_path) == []


def test_first_bytes_are_told_without_the_libraries_that_decode() -> None:
    script = (
        "import sys, cli.commands.classify; "
        "print(*{'cv2', 'PIL', 'numpy', 'onnxruntime'}.intersection(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "\n"


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
