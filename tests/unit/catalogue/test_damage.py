"""Damaged, cut and missing files of a catalogue: told by name, never served, never sealed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue.commits import COMMITTED
from catalogue.compaction import compact_works
from catalogue.errors import CatalogueError, CatalogueNotWritten, DamagedCatalogue, UnknownCatalogue
from catalogue.frames import HEADER, frames_in
from catalogue.manifest import MANIFEST
from catalogue.reader import Reader
from catalogue.recovery import WorksState
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.full_disk import largest_file
from tests.support.works import work

WORKS = "works-000001.log"
_HEAD_BYTES = 48


@pytest.fixture(scope="module")
def works() -> list[Work]:
    return [work(seed) for seed in range(5)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, works: list[Work]) -> Path:
    root = tmp_path_factory.mktemp("catalogues")
    with open_writer(root, "museum") as writer:
        for each in works[:4]:
            writer.put(each, sync=False)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "museum", tmp_path / "museum")
    return tmp_path


@pytest.fixture
def file(root: Path) -> Path:
    return root / "museum" / WORKS


def flip(file: Path, place: int) -> None:
    """Changes a byte where it lies, as a bad block does."""
    with file.open("r+b") as stream:
        stream.seek(place)
        value = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([value ^ 0xFF]))


def starts(data: bytes) -> list[int]:
    """Where the frames begin."""
    return [each.start - _HEAD_BYTES for each in frames_in(memoryview(data), len(HEADER))]


PLACES: dict[str, Callable[[bytes], int]] = {
    "header": lambda data: 0,
    "record": lambda data: data.index(b'"Number 1"') + 3,
    "descriptors": lambda data: starts(data)[2] + 10_000,
    "keypoint count": lambda data: starts(data)[0] + _HEAD_BYTES + 8,
    "kind": lambda data: starts(data)[1] + 4,
    "length": lambda data: starts(data)[1] + 11,
    "length of the last": lambda data: starts(data)[3] + 10,
    "magic": lambda data: starts(data)[1],
}


@pytest.mark.parametrize("place", PLACES)
def test_a_changed_byte_is_refused_by_reader_and_writer_and_nothing_is_written(
    root: Path, file: Path, place: str
) -> None:
    flip(file, PLACES[place](file.read_bytes()))
    damaged = file.read_bytes()
    with pytest.raises(DamagedCatalogue, match="damaged"):
        Reader(root / "museum").view()
    with pytest.raises(DamagedCatalogue, match="damaged"), open_writer(root, "museum"):
        pass
    assert file.read_bytes() == damaged
    assert sorted(each.name for each in file.parent.iterdir()) == [MANIFEST, "lock", WORKS]


def test_zeros_within_the_file_are_damage_and_not_an_unfinished_end(root: Path, file: Path) -> None:
    data = bytearray(file.read_bytes())
    first = starts(bytes(data))[1]
    data[first : first + 4096] = bytes(4096)
    file.write_bytes(data)
    with pytest.raises(DamagedCatalogue), open_writer(root, "museum"):
        pass
    assert file.read_bytes() == data


def test_damage_that_happens_while_a_writer_is_open_is_not_sealed_in(root: Path, file: Path) -> None:
    states: dict[str, WorksState] = {}
    with open_writer(root, "museum", states=states) as writer:
        writer.remove("work-0")
        flip(file, PLACES["record"](file.read_bytes()))
        with pytest.raises(DamagedCatalogue):
            writer.replace_record(Record("work-1", "Another title"))
    with pytest.raises(DamagedCatalogue):
        compact_works(root, "museum", states=states)
    with pytest.raises(DamagedCatalogue), open_writer(root, "museum", states=states):
        pass
    assert sorted(each.name for each in file.parent.iterdir()) == [MANIFEST, COMMITTED, "lock", WORKS]


def test_a_byte_that_changes_while_served_is_told_until_it_is_mended(root: Path, file: Path) -> None:
    reader = Reader(root / "museum")
    view = reader.view()
    place = PLACES["record"](file.read_bytes())
    flip(file, place)
    with pytest.raises(DamagedCatalogue):
        view.record(view.numbers["work-1"])
    assert view.record(view.numbers["work-2"]).title == "Number 2"
    for _ in range(2):
        with pytest.raises(DamagedCatalogue):
            reader.view()
    flip(file, place)
    view = reader.view()
    assert view.record(view.numbers["work-1"]).title == "Number 1"


@pytest.mark.parametrize("size", [0, 16, 90_000])
def test_a_file_that_is_cut_while_served_kills_nobody_and_is_served_again_when_whole(
    root: Path, file: Path, size: int
) -> None:
    reader = Reader(root / "museum")
    view = reader.view()
    whole = file.read_bytes()
    os.truncate(file, size)
    with pytest.raises(DamagedCatalogue):
        view.reference(3)
    if size < len(HEADER):
        with pytest.raises(DamagedCatalogue):
            reader.view()
    else:
        left = [each for each in frames_in(memoryview(whole), len(HEADER)) if each.end <= size]
        assert len(reader.view().numbers) == len(left)
    with file.open("r+b") as stream:
        stream.write(whole)
    view = reader.view()
    assert [view.record(number).id for number in view.numbers.values()] == [f"work-{n}" for n in range(4)]


def test_a_writer_that_cuts_off_what_was_read_is_followed(root: Path, file: Path, works: list[Work]) -> None:
    reader = Reader(root / "museum")
    reader.view()
    os.truncate(file, file.stat().st_size - 10)
    with open_writer(root, "museum") as writer:
        writer.put(Work(Record("long", "x" * 20_000), works[4].reference))
    assert list(reader.view().numbers) == ["work-0", "work-1", "work-2", "long"]


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_whole_works_that_are_cut_off_the_end_are_missed(root: Path, file: Path, kept: int) -> None:
    with open_writer(root, "museum") as writer:
        writer.sync()
    reader = Reader(root / "museum")
    assert reader.view().count == 4
    whole = file.read_bytes()
    os.truncate(file, starts(whole)[kept])
    for each in (reader, Reader(root / "museum")):
        with pytest.raises(DamagedCatalogue, match=f"ends at byte .*, and {len(whole)} bytes were written"):
            each.view()
    with pytest.raises(DamagedCatalogue, match="ends at byte"), open_writer(root, "museum"):
        pass
    assert file.stat().st_size == starts(whole)[kept]
    file.write_bytes(whole)
    assert reader.view().count == 4


def test_a_work_that_was_added_for_good_is_missed_when_it_is_cut_off(
    root: Path, file: Path, works: list[Work]
) -> None:
    size = file.stat().st_size
    with open_writer(root, "museum") as writer:
        writer.put(works[4])
    os.truncate(file, size)
    with pytest.raises(DamagedCatalogue, match="ends at byte"):
        Reader(root / "museum").view()


def test_a_compacted_file_is_missed_in_the_same_way(root: Path, file: Path) -> None:
    with open_writer(root, "museum") as writer:
        writer.remove("work-0")
    assert compact_works(root, "museum")
    compacted = file.with_name("works-000002.log")
    assert Reader(root / "museum").view().count == 3
    os.truncate(compacted, starts(compacted.read_bytes())[2])
    with pytest.raises(DamagedCatalogue, match="ends at byte"):
        Reader(root / "museum").view()


def test_works_that_nobody_was_told_of_may_be_lost(root: Path, file: Path, works: list[Work]) -> None:
    with open_writer(root, "museum") as writer:
        writer.sync()
        size = file.stat().st_size
        writer.put(works[4], sync=False)
    os.truncate(file, size)
    assert Reader(root / "museum").view().count == 4


def test_what_says_how_far_it_was_written_is_checked_itself(root: Path) -> None:
    with open_writer(root, "museum") as writer:
        writer.sync()
    record = root / "museum" / COMMITTED
    reader = Reader(root / "museum")
    for content in (b"", bytes(24)):  # what a power cut leaves of a new file
        record.write_bytes(content)
        assert Reader(root / "museum").view().count == 4
    with open_writer(root, "museum") as writer:
        writer.sync()
    flip(record, 9)
    with pytest.raises(DamagedCatalogue, match="committed is damaged"):
        reader.view()
    flip(record, 9)
    assert reader.view().count == 4


def test_a_missing_file_of_works_is_damage(root: Path, file: Path) -> None:
    reader = Reader(root / "museum")
    reader.view()
    whole = file.read_bytes()
    file.unlink()
    with pytest.raises(DamagedCatalogue, match="missing"):
        reader.view()
    with pytest.raises(DamagedCatalogue, match="missing"), open_writer(root, "museum"):
        pass
    file.write_bytes(whole)
    assert len(reader.view().numbers) == 4


def test_a_missing_manifest_does_not_cost_the_works(root: Path, file: Path) -> None:
    whole = file.read_bytes()
    (root / "museum" / MANIFEST).unlink()
    with pytest.raises(DamagedCatalogue, match=r"catalogue\.json is missing"), open_writer(root, "museum"):
        pass
    assert file.read_bytes() == whole


def test_a_name_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("x")
    with pytest.raises(CatalogueNotWritten, match="notes"), open_writer(tmp_path, "notes"):
        pass
    assert (tmp_path / "notes").read_text() == "x"


def test_a_catalogue_that_shall_not_be_made_is_unknown(root: Path) -> None:
    with pytest.raises(UnknownCatalogue, match="museum"), open_writer(root, "other", create=False):
        pass
    assert not (root / "other").exists()


def test_a_catalogue_that_cannot_be_begun_leaves_nothing(tmp_path: Path) -> None:
    with largest_file(10), pytest.raises(CatalogueNotWritten), open_writer(tmp_path, "fresh"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_whose_first_work_cannot_be_written_leaves_nothing(
    tmp_path: Path, works: list[Work]
) -> None:
    with largest_file(5_000), pytest.raises(CatalogueError), open_writer(tmp_path, "fresh") as writer:
        writer.put(works[0])
    assert list(tmp_path.iterdir()) == []
