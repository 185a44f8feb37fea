"""Pictures in a bucket of a real S3 server: there, missing, denied, broken off, slow, too large."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sources.errors import (
    AddressIsFolder,
    NotAllowed,
    PictureNotFound,
    SourceBroken,
    SourceDenied,
    SourceTooSlow,
    SourceUnavailable,
    TooManyBytes,
)
from tests.support.object_store import DENIED_BUCKET, PAGE, ObjectStore
from tests.unit.sources.conftest import MakeReader

pytestmark = pytest.mark.slow


def test_reads_an_object(store: ObjectStore, reader: MakeReader) -> None:
    address = store.put("one/größe 1.jpg", b"picture")
    assert reader("s3://museum/").read(address) == b"picture"


def test_reads_in_asyncio_as_in_threads(store: ObjectStore, reader: MakeReader) -> None:
    address = store.put("one/a.jpg", b"picture")
    assert asyncio.run(reader("s3://museum/").read_async(address)) == b"picture"


def test_reads_an_empty_object_as_no_bytes(store: ObjectStore, reader: MakeReader) -> None:
    assert reader("s3://museum/").read(store.put("one/empty.jpg", b"")) == b""


@pytest.mark.parametrize("address", ["s3://museum/one/none.jpg", "s3://no-such-bucket/a.jpg"])
def test_tells_that_nothing_is_there(reader: MakeReader, address: str) -> None:
    with pytest.raises(PictureNotFound, match=address):
        reader("s3://").read(address)


def test_tells_that_a_bucket_is_denied(reader: MakeReader) -> None:
    with pytest.raises(SourceDenied, match="credentials"):
        reader("s3://").read(f"s3://{DENIED_BUCKET}/secret.jpg")
    with pytest.raises(SourceDenied):
        list(reader("s3://").list_pictures(f"s3://{DENIED_BUCKET}/"))


def test_stops_reading_at_the_limit(store: ObjectStore, reader: MakeReader) -> None:
    address = store.put("one/large.jpg", bytes(5_000_000))
    assert reader("s3://", max_bytes=5_000_000).read(address) == bytes(5_000_000)
    with pytest.raises(TooManyBytes) as caught:
        reader("s3://", max_bytes=4_999_999).read(address)
    assert caught.value.details["limit_bytes"] == "4999999"


def test_tells_that_an_object_broke_off(store: ObjectStore, reader: MakeReader) -> None:
    address = store.put("broken/a.jpg", bytes(50_000))
    with pytest.raises(SourceBroken):
        reader("s3://").read(address)


def test_gives_up_a_slow_server(store: ObjectStore, reader: MakeReader) -> None:
    address, start = store.put("slow/a.jpg", b"late"), time.monotonic()
    with pytest.raises(SourceTooSlow, match=r"0\.3 s"):
        reader("s3://").read(address, timeout_s=0.3)
    assert time.monotonic() - start < 5


def test_asks_for_nothing_that_is_not_allowed(store: ObjectStore, reader: MakeReader) -> None:
    before = len(store.requests)
    for address in ("s3://museum-evil/a.jpg", f"s3://{DENIED_BUCKET}/secret.jpg", "s3://museum/two/a.jpg"):
        with pytest.raises(NotAllowed):
            reader("s3://museum/one").read(address)
    with pytest.raises(NotAllowed):
        list(reader("s3://museum/one/").list_pictures("s3://museum/"))
    assert len(store.requests) == before


def test_refuses_a_folder_where_a_picture_is_wanted(reader: MakeReader) -> None:
    with pytest.raises(AddressIsFolder):
        reader("s3://").read("s3://museum/one/")


def test_lists_a_prefix_page_by_page(store: ObjectStore, reader: MakeReader) -> None:
    names = ["a.jpg", "deep/b.PNG", "deep/er/c.heic", "without-ending"]
    for name in (*names, "notes.txt", ".hidden/d.jpg", "table.csv"):
        store.put(f"list/{name}", b"x")
    store.put("list-other/e.jpg", b"x")
    expected = [f"s3://museum/list/{name}" for name in sorted(names)]
    assert list(reader("s3://").list_pictures("s3://museum/list/")) == expected
    assert list(reader("s3://").list_pictures("s3://museum/list")) == expected


def test_lists_no_further_than_it_is_read(store: ObjectStore, reader: MakeReader) -> None:
    for number in range(PAGE + 1):
        store.put(f"many/{number:04}.jpg", b"")
    before = store.asked("GET /museum")
    listing = reader("s3://").list_pictures("s3://museum/many/")
    assert next(listing).endswith("many/0000.jpg")
    assert store.asked("GET /museum") == before + 1
    assert len(list(listing)) == PAGE
    assert store.asked("GET /museum") == before + 2


def test_tells_that_a_prefix_is_empty(reader: MakeReader) -> None:
    with pytest.raises(PictureNotFound):
        list(reader("s3://").list_pictures("s3://museum/nothing/"))


def test_reads_many_side_by_side_in_order_and_no_further_ahead_than_the_window(
    store: ObjectStore, reader: MakeReader
) -> None:
    addresses = [store.put(f"each/{number}.jpg", str(number).encode()) for number in range(12)]
    addresses.insert(5, "s3://museum/each/none.jpg")
    taken: list[str] = []

    def counted() -> Iterator[str]:
        for address in addresses:
            taken.append(address)
            yield address

    found = reader("s3://").read_each(counted(), window=4)
    assert next(found) == (addresses[0], b"0")
    assert len(taken) == 4
    rest = list(found)
    assert [address for address, _ in rest] == addresses[1:]
    assert isinstance(rest[4][1], PictureNotFound)
    assert rest[-1][1] == b"11"


def test_does_not_let_one_slow_picture_hold_up_the_others(store: ObjectStore, reader: MakeReader) -> None:
    slow, quick = store.put("slow/b.jpg", b"late"), store.put("one/b.jpg", b"quick")
    both = reader("s3://")
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(both.read, slow, 1.0)
        assert both.read(quick) == b"quick"
        assert not waiting.done()
        assert isinstance(waiting.exception(), SourceTooSlow)


def test_tells_that_the_store_does_not_answer(
    reader: MakeReader, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_tcp_port}")
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises((SourceUnavailable, SourceTooSlow)):
            reader("s3://").read("s3://museum/a.jpg", timeout_s=2)
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
