"""The Core ML package by plain GET, as any program that downloads files asks for it."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from typing import Any

import httpx
import pytest

MODEL = "/v1/models/shapes/coreml"


@pytest.fixture(scope="module")
def whole(url: str) -> httpx.Response:
    return httpx.get(url + MODEL)


def test_a_package_comes_whole_with_its_digest_as_tag(whole: httpx.Response) -> None:
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/zip")
    assert whole.headers["etag"] == f'"{hashlib.sha256(whole.content).hexdigest()}"'
    assert whole.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-disposition"] == 'attachment; filename="shapes-1.mlpackage.zip"'
    assert zipfile.ZipFile(io.BytesIO(whole.content)).testzip() is None


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=300000-", 300_000, None), ("bytes=-7", -7, None)],
)
def test_a_broken_download_goes_on_by_a_range(
    url: str, whole: httpx.Response, asked: str, first: int, last: int | None
) -> None:
    total = len(whole.content)
    begin, end = first % total, total if last is None else last + 1
    part = httpx.get(url + MODEL, headers={"range": asked, "if-range": whole.headers["etag"]})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{total}"
    assert part.content == whole.content[begin:end]


def test_a_range_of_another_version_gets_the_whole(url: str, whole: httpx.Response) -> None:
    other = httpx.get(url + MODEL, headers={"range": "bytes=5-", "if-range": '"old"'})
    assert (other.status_code, other.content) == (200, whole.content)


def test_a_range_past_the_end_is_told(url: str, whole: httpx.Response) -> None:
    past = httpx.get(url + MODEL, headers={"range": f"bytes={len(whole.content)}-"})
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")


def test_who_has_the_newest_is_sent_nothing(url: str, whole: httpx.Response) -> None:
    current = httpx.get(url + MODEL, headers={"if-none-match": whole.headers["etag"]})
    assert (current.status_code, current.content) == (304, b"")
    head: Any = httpx.head(url + MODEL)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_package_that_is_not_there_is_told(url: str) -> None:
    answer = httpx.get(url + "/v1/models/shape/coreml")
    assert (answer.status_code, answer.json()["reason"]) == (404, "UNKNOWN_MODEL")


def test_a_package_is_unpacked_without_a_library(whole: httpx.Response, place: Any) -> None:
    """What clients/ios leans on: entries that are stored, one after the other, their sizes before them."""
    data, folder = whole.content, place.models / "shapes" / "1"
    found, offset = {}, 0
    while data[offset : offset + 4] == b"PK\3\4":
        flags, method = struct.unpack_from("<HH", data, offset + 6)
        size, _, name_size, extra_size = struct.unpack_from("<IIHH", data, offset + 18)
        assert (flags & 8, method) == (0, 0)
        name = data[offset + 30 : offset + 30 + name_size].decode()
        offset += 30 + name_size + extra_size
        found[name] = data[offset : offset + size]
        offset += size
    assert found == {name: (folder / name).read_bytes() for name in found}
    assert [name.partition("/")[0] for name in found] == ["model.mlpackage"]
