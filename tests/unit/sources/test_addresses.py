"""What an address means, what is none, and which prefixes name which addresses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sources.address import is_folder_address, parse_address
from sources.allowlist import AllowList
from sources.errors import (
    AddressIsFolder,
    InvalidAddress,
    NotAllowed,
    PictureNotFound,
    SourceDenied,
    TooManyBytes,
)
from tests.unit.sources.conftest import MakeReader


@pytest.mark.parametrize(
    ("uri", "written"),
    [
        ("S3://museum/Größe 1.jpg", "s3://museum/Größe 1.jpg"),
        ("s3://museum", "s3://museum/"),
        ("s3://museum/a//b.jpg", "s3://museum/a//b.jpg"),
        ("s3://museum/%2e%2e/a.jpg", "s3://museum/%2e%2e/a.jpg"),
        ("oci://bucket@namespace/a.jpg", "oci://bucket@namespace/a.jpg"),
        ("https://Museum.EXAMPLE.:443/A.jpg", "https://museum.example/A.jpg"),
        ("https://museum.example:8443/größe.jpg?w=1", "https://museum.example:8443/gr%C3%B6%C3%9Fe.jpg?w=1"),
        ("https://[2001:DB8::0:1]/a", "https://[2001:db8::1]/a"),
        ("file:///srv/a.jpg", "file:///srv/a.jpg"),
        ("file://localhost/srv/a.jpg", "file:///srv/a.jpg"),
    ],
)
def test_writes_an_address_in_one_way(uri: str, written: str) -> None:
    assert str(parse_address(uri)) == written
    assert parse_address(written) == parse_address(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "photo.jpg",
        "http://museum.example/a.jpg",
        "ftp://museum.example/a.jpg",
        "s3:museum/a.jpg",
        "s3://",
        "s3://user@museum/a.jpg",
        "s3://mu seum/a.jpg",
        "s3://müseum/a.jpg",
        "s3://museum/../vault/a.jpg",
        "s3://museum/./a.jpg",
        "s3://museum/a.jpg\n",
        "s3://museum\\@vault/a.jpg",
        "oci://bucket/a.jpg",
        "oci://a@b@c/a.jpg",
        "file://server/a.jpg",
        "file:///srv/../etc/passwd",
        "file:///srv/a\0.jpg",
        "https://",
        "https:///a.jpg",
        "https://user:word@museum.example/a.jpg",
        "https://museum.example@evil.example/a.jpg",
        "https://museum.example:0/a.jpg",
        "https://museum.example:70000/a.jpg",
        "https://museum.example:80:90/a.jpg",
        "https://museum.example/a/../b.jpg",
        "https://museum.example/a/%2E./b.jpg",
        "https://museum.example/a%2f..%2fb.jpg",
        "https://museum.example/a%5cb.jpg",
        "https://museum.example/a%252e.jpg",
        "https://museum.example/a%zz.jpg",
        "https://museum.example/a.jpg#b",
        "https://museum\u3002example/a.jpg",
        "https://museum.example\u2044a.jpg",
        "https://mus\u200beum.example/a.jpg",
        "https://-museum.example/a.jpg",
        "https://[fe80::1%25eth0]/a.jpg",
        "https://[::1/a.jpg",
        "https://1.2.3/a.jpg",
        "https://museum.example/" + "a" * 2048,
    ],
)
def test_refuses_what_could_mean_two_things(uri: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_address(uri)


@pytest.mark.parametrize(
    ("uri", "is_folder"),
    [
        ("s3://museum", True),
        ("s3://museum/", True),
        ("S3://museum/2024/", True),
        ("s3://museum/2024", False),
        ("s3://museum//", True),
        ("oci://bucket@namespace", True),
        ("gs://museum/a.jpg/", True),
        ("az://container", True),
        ("file:///", True),
        ("file:///srv/a/", True),
        ("file:///srv/a", False),
        ("https://museum.example", False),
        ("https://museum.example/a/", False),
        ("ftp://museum/", False),
        ("photos/", False),
        ("", False),
    ],
)
def test_a_folder_is_a_bucket_or_what_ends_with_a_slash(uri: str, is_folder: bool) -> None:
    assert is_folder_address(uri) is is_folder


@pytest.mark.parametrize("uri", ["s3://museum", "s3://museum/", "s3://museum/a", "s3://museum/a/"])
def test_what_lies_below_a_folder_begins_as_it(uri: str) -> None:
    folder = parse_address(uri).as_folder()
    assert folder.is_folder
    assert folder == folder.as_folder()
    assert str(folder) == f"{uri.rstrip('/')}/"


@pytest.mark.parametrize(
    ("allowed", "uri", "passes"),
    [
        ("", "s3://museum/a.jpg", False),
        ("s3://museum", "s3://museum/a.jpg", True),
        ("s3://museum/", "s3://museum-evil/a.jpg", False),
        ("s3://museum", "s3://museum.evil/a.jpg", False),
        ("s3://museum/", "gs://museum/a.jpg", False),
        ("s3://museum/", "s3://Museum/a.jpg", False),
        ("s3://museum/2024", "s3://museum/2024/a.jpg", True),
        ("s3://museum/2024", "s3://museum/2024", True),
        ("s3://museum/2024", "s3://museum/2024-draft/a.jpg", False),
        ("s3://museum/2024/", "s3://museum/2024.jpg", False),
        ("s3://museum/a.jpg, gs://other", "gs://other/b.jpg", True),
        ("s3://", "s3://anything/a.jpg", True),
        ("oci://bucket@one/", "oci://bucket@two/a.jpg", False),
        ("https://museum.example/open", "https://MUSEUM.example:443/open/a.jpg", True),
        ("https://museum.example/open", "https://museum.example/open?x=/closed", True),
        ("https://museum.example/open/", "https://museum.example/closed/?x=/open/", False),
        ("https://museum.example/", "https://museum.example:8443/a.jpg", False),
        ("https://museum.example/", "https://museum.example.evil.example/a.jpg", False),
        ("file:///srv/pictures", "file:///srv/pictures/a.jpg", True),
        ("file:///srv/pictures", "file:///srv/pictures-private/a.jpg", False),
        ("https://", "file:///etc/passwd", False),
    ],
)
def test_a_prefix_ends_where_a_name_ends(allowed: str, uri: str, passes: bool) -> None:
    address = parse_address(uri)
    if passes:
        AllowList.parse(allowed).check(address)
    else:
        with pytest.raises(NotAllowed):
            AllowList.parse(allowed).check(address)


@pytest.mark.parametrize("prefix", ["museum", "http://museum.example/", "s3://a/../b", "https://a/?b", "*"])
def test_refuses_a_list_with_what_is_no_prefix(prefix: str) -> None:
    with pytest.raises(InvalidAddress):
        AllowList.parse(f"s3://museum/, {prefix}")


def test_a_process_loads_file_systems_at_its_start_where_addresses_are_read_and_else_never() -> None:
    code = """
import sys
from sources.allowlist import AllowList
from sources.reader import Reader
from sources.schemes import load_library
Reader(AllowList.parse(""))
print("fsspec" in sys.modules)
load_library("file")
print("fsspec.asyn" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]


def test_reads_files_where_the_list_says_and_where_links_stay_inside(
    tmp_path: Path, reader: MakeReader
) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.jpg").write_bytes(b"picture")
    (inside / "stays.jpg").symlink_to(inside / "a.jpg")
    (inside / "leaves.jpg").symlink_to(outside / "a.jpg")
    (inside / "leaves").symlink_to(outside)
    files = reader(f"file://{inside}")
    assert files.read(f"file://{inside}/a.jpg") == b"picture"
    assert files.read(f"file://{inside}/stays.jpg") == b"picture"
    for refused in (f"{inside}/leaves.jpg", f"{inside}/leaves/a.jpg", f"{outside}/a.jpg"):
        with pytest.raises(NotAllowed):
            files.read(f"file://{refused}")
    with pytest.raises(PictureNotFound):
        files.read(f"file://{inside}/none.jpg")
    for folder in (inside, f"{inside}/"):
        with pytest.raises(AddressIsFolder):
            files.read(f"file://{folder}")
    with pytest.raises(TooManyBytes):
        reader(f"file://{inside}", max_bytes=6).read(f"file://{inside}/a.jpg")


def test_reads_no_pipes_and_no_devices(tmp_path: Path, reader: MakeReader) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", "/dev/zero"):
        with pytest.raises(SourceDenied, match="regular"):
            reader("file://").read(f"file://{path}")


def test_lists_the_pictures_below_a_folder(tmp_path: Path, reader: MakeReader) -> None:
    for name in ("b.jpg", "a/c.png", "a/notes.txt", ".hidden/d.jpg", "e"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = list(reader("file://").list_pictures(f"file://{tmp_path}"))
    assert found == [f"file://{tmp_path}/{name}" for name in ("b.jpg", "e", "a/c.png")]
    with pytest.raises(PictureNotFound):
        list(reader("file://").list_pictures(f"file://{tmp_path}/none/"))
