"""Compaction: a new file beside the old one, while others read and write."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.commits import COMMITTED
from catalogue.compaction import PART, compact_works
from catalogue.errors import UnknownCatalogue
from catalogue.folders import FolderShelf
from catalogue.frames import HEADER, frames_in
from catalogue.locking import acquired
from catalogue.manifest import MANIFEST
from catalogue.reader import Reader
from catalogue.recovery import WorksState
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from services.catalogue.keeping import Keeping
from tests.support.waiting import eventually
from tests.support.works import make_catalogue, work
from vision.picture import PictureLimits

COMPACTED = "works-000002.log"


@pytest.fixture(scope="module")
def works() -> list[Work]:
    return [work(seed) for seed in range(3)]


@pytest.fixture
def root(tmp_path: Path, works: list[Work]) -> Path:
    with open_writer(tmp_path, "museum") as writer:
        for each in works:
            writer.put(each, sync=False)
        writer.remove("work-0")
    return tmp_path


def names(root: Path) -> list[str]:
    return sorted(each.name for each in (root / "museum").iterdir())


def flip(file: Path) -> None:
    """Changes a byte in the first work of a file."""
    data = bytearray(file.read_bytes())
    data[next(iter(frames_in(memoryview(data), len(HEADER)))).start + 1000] ^= 1
    file.write_bytes(data)


@pytest.mark.slow
def test_nothing_that_is_changed_meanwhile_is_lost(root: Path, works: list[Work]) -> None:
    shelf, reader, end = FolderShelf(root), Reader(root / "museum"), threading.Event()
    done: list[bool] = []

    def compacting() -> None:
        while not end.is_set():
            done.append(compact_works(root, "museum", wait_seconds=9))

    thread = threading.Thread(target=compacting)
    thread.start()
    titles = {each.record.id: each.record.title for each in works[1:]}
    for number in range(120):
        with shelf.writer("museum", wait_seconds=9) as writer:
            record = Record(f"work-{number % 7}", f"Title {number}")
            if number % 3 or record.id not in titles:
                writer.put(Work(record, works[number % 2].reference))
                titles.pop(record.id, None)  # it is the newest now
                titles[record.id] = record.title
            else:
                writer.remove(record.id)
                del titles[record.id]
        assert {each.id: each.title for each in reader.view().records()} == titles
    end.set()
    thread.join()
    assert any(done)
    for view in (reader.view(), Reader(root / "museum").view()):
        assert [(each.id, each.title) for each in view.records()] == list(titles.items())
    with shelf.writer("museum") as writer:
        assert [(name, each.title) for name, each in writer.records.items()] == list(titles.items())


def test_works_that_a_reader_knows_are_not_read_again(root: Path, works: list[Work]) -> None:
    reader, states = Reader(root / "museum"), dict[str, WorksState]()
    reader.view()
    assert compact_works(root, "museum", states=states)
    flip(root / "museum" / COMPACTED)
    with open_writer(root, "museum", states=states) as writer:  # it does not read them again either
        writer.put(replace(works[0], record=Record("new")), sync=False)
    # Its own work is found; that another one has been damaged is told when it is read.
    assert list(reader.view().numbers) == ["work-1", "work-2", "new"]


def test_what_a_killed_process_left_is_written_over(root: Path) -> None:
    (root / "museum" / PART).write_bytes(b"the beginning of a copy" * 10_000)
    (root / "museum" / COMPACTED).write_bytes(b"a copy that no manifest names")
    assert compact_works(root, "museum")
    assert names(root) == [MANIFEST, COMMITTED, "lock", COMPACTED]
    assert list(Reader(root / "museum").view().numbers) == ["work-1", "work-2"]


def test_one_process_at_a_time_compacts(root: Path) -> None:
    descriptor = acquired(root / "museum" / PART)
    assert descriptor is not None
    assert not compact_works(root, "museum")
    os.close(descriptor)
    assert compact_works(root, "museum")


def test_a_catalogue_with_little_to_be_freed_is_left_as_it_is(root: Path) -> None:
    shelf = FolderShelf(root)
    before = names(root)
    assert not shelf.compact("museum")
    assert names(root) == before
    with shelf.writer("museum") as writer:
        writer.remove("work-1")
    assert shelf.compact("museum")
    with pytest.raises(UnknownCatalogue):
        shelf.compact("another")


def test_who_removes_a_work_through_a_service_does_not_wait_for_it(root: Path) -> None:
    shelf, seen = FolderShelf(root), list[str]()
    keeping = Keeping(shelf, PictureLimits(), None, seen.append)
    assert keeping.remove("museum", "work-1") == 1
    eventually(lambda: names(root) == [MANIFEST, COMMITTED, "lock", COMPACTED])
    eventually(lambda: seen == ["museum"])
    assert keeping.remove("museum", "work-2") == 0


def test_while_a_thread_reads_what_is_new_others_are_answered(tmp_path: Path) -> None:
    folder = make_catalogue(tmp_path, [0])
    reader = Reader(folder)
    before = reader.view()
    make_catalogue(tmp_path, [1])
    os.mkfifo(folder / COMMITTED)  # whoever reads it waits for whoever writes it
    reading = threading.Thread(target=reader.view)
    reading.start()
    with (folder / COMMITTED).open("wb"):  # it is open once the thread reads
        assert reader.view() is before
    reading.join()
    assert list(reader.view().numbers) == ["work-0", "work-1"]
