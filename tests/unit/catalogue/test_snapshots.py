"""Snapshots of catalogues: a start with one gives what reading all works gives, and nothing depends on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from catalogue.compaction import compact_works
from catalogue.enrolment import enrol
from catalogue.errors import DamagedCatalogue
from catalogue.frames import HEADER, frames_in
from catalogue.locking import acquired
from catalogue.reader import Reader
from catalogue.snapshot import SNAPSHOT
from catalogue.view import View
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.full_disk import largest_file
from tests.support.pictures import jpeg
from tests.support.works import work
from vision.identification.index import Part

WORKS = "works-000001.log"


@pytest.fixture(scope="module")
def works() -> list[Work]:
    """Makes six works, of which one is plain, and would be told by its colours."""
    plain = np.full((240, 320, 3), (40, 90, 160), np.uint8)
    plain[120:] = (200, 180, 60)
    made = [work(seed) for seed in range(6)]
    return [*made[:4], enrol(made[4].record, jpeg(plain)), made[5]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, works: list[Work]) -> Path:
    """Makes a catalogue of five works, of which one was removed and one replaced, with its snapshot."""
    root = tmp_path_factory.mktemp("catalogues")
    with open_writer(root, "museum") as writer:
        for each in works[:5]:
            writer.put(each)
        writer.replace_record(Record("work-2", "Another title"))
        writer.remove("work-1")
    kept(root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "museum", tmp_path / "museum")
    return tmp_path


def kept(root: Path) -> Reader:
    reader = Reader(root / "museum", keep_from_bytes=0)
    reader.view()
    reader.keep()
    return reader


def starts(root: Path) -> list[int]:
    """Where the bodies of the entries begin."""
    return [each.start for each in frames_in(memoryview((root / "museum" / WORKS).read_bytes()), len(HEADER))]


def flip(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(bytes(data))


def columns(view: View) -> list[object]:
    (part,) = view.parts
    return [getattr(part, name).tolist() for name in Part.__dataclass_fields__]


def same(one: View, other: View) -> bool:
    facts = [
        (
            dict(each.numbers),
            each.is_live.tolist(),
            [record.title for record in each.records()],
            {number: (colors.cells.tolist(), colors.proportion) for number, colors in each.plain.items()},
            each.weights.tolist(),
            each.entries,
            columns(each),
        )
        for each in (one, other)
    ]
    return facts[0] == facts[1]


def read_whole(root: Path) -> View:
    (root / "museum" / SNAPSHOT).unlink(missing_ok=True)
    return Reader(root / "museum").view()


def test_a_start_with_a_snapshot_gives_what_reading_all_works_gives(root: Path) -> None:
    view = Reader(root / "museum").view()
    assert not view.parts[0].signatures.flags.owndata  # mapped, not read
    assert list(view.numbers) == ["work-0", "work-3", "work-4", "work-2"]
    assert list(view.plain) == [4]
    assert same(view, read_whole(root))


def test_what_was_added_since_is_read_behind_it(root: Path, works: list[Work]) -> None:
    with open_writer(root, "museum") as writer:
        writer.put(works[5])
        writer.remove("work-0")
    view = Reader(root / "museum").view()
    assert list(view.numbers) == ["work-3", "work-4", "work-2", "work-5"]
    whole = read_whole(root)
    assert list(view.numbers.items()) == list(whole.numbers.items())
    found, wanted = (each.votes(works[5].reference.features, (320, 240)) for each in (view, whole))
    assert np.bincount(found.works, found.weights) == pytest.approx(np.bincount(wanted.works, wanted.weights))


def test_a_writer_starts_with_it_too(root: Path) -> None:
    with open_writer(root, "museum") as writer:
        records, share = dict(writer.records), writer.dead_share
    flip(root / "museum" / WORKS, starts(root)[0] + 1000)  # not read, and so not refused
    with open_writer(root, "museum") as writer:
        assert list(writer.records) == ["work-0", "work-3", "work-4", "work-2"]
        assert writer.records["work-2"] == records["work-2"]
        assert writer.dead_share == share > 0
    (root / "museum" / SNAPSHOT).unlink()
    with pytest.raises(DamagedCatalogue), open_writer(root, "museum"):
        pass


def made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a changed byte": lambda file: flip(file, 5000),
    "a changed head": lambda file: flip(file, 3),
    "cut off": lambda file: os.truncate(file, 9000),
    "cut off in its head": lambda file: os.truncate(file, 20),
    "empty": lambda file: os.truncate(file, 0),
    "a folder": made_a_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_one_that_is_damaged_is_passed_over_and_written_anew(root: Path, damage: str) -> None:
    wanted = read_whole(root)
    kept(root)
    file = root / "museum" / SNAPSHOT
    DAMAGES[damage](file)
    view = kept(root).view()
    assert view.parts[0].signatures.flags.owndata
    assert same(view, wanted)
    with open_writer(root, "museum") as writer:
        assert len(writer.records) == 4
    if file.is_file():
        assert not Reader(root / "museum").view().parts[0].signatures.flags.owndata


def test_one_of_another_file_of_works_is_passed_over(root: Path, works: list[Work], tmp_path: Path) -> None:
    with open_writer(root, "other") as writer:
        for each in works:
            writer.put(each)
    shutil.copy(root / "museum" / SNAPSHOT, root / "other" / SNAPSHOT)
    assert list(Reader(root / "other").view().numbers) == [f"work-{number}" for number in range(6)]
    with open_writer(root, "other") as writer:
        assert len(writer.records) == 6


def test_works_that_were_cut_off_and_written_anew_are_read_anew(root: Path, works: list[Work]) -> None:
    file = root / "museum" / WORKS
    (root / "museum" / "committed").unlink()  # as when a power cut takes both
    os.truncate(file, starts(root)[3])
    with open_writer(root, "museum") as writer:
        writer.put(works[5])
        writer.put(works[4])
        writer.put(works[3])
        writer.put(works[1])
    assert file.stat().st_size > starts(root)[-1]
    found = list(Reader(root / "museum").view().numbers)
    assert found == ["work-0", "work-2", "work-5", "work-4", "work-3", "work-1"]


def test_a_damaged_work_is_told_when_it_is_read_and_then_by_every_start(root: Path) -> None:
    reader = Reader(root / "museum", keep_from_bytes=0)
    flip(root / "museum" / WORKS, starts(root)[0] + 1000)
    view = reader.view()
    with pytest.raises(DamagedCatalogue):
        view.record(0)
    for each in (reader, Reader(root / "museum"), reader):
        with pytest.raises(DamagedCatalogue, match="damaged"):
            each.view()
    reader.keep()
    assert not (root / "museum" / SNAPSHOT).exists()


def test_a_writer_that_finds_damage_takes_the_snapshot_away(root: Path) -> None:
    flip(root / "museum" / WORKS, starts(root)[0] + 1000)
    with pytest.raises(DamagedCatalogue), open_writer(root, "museum") as writer:
        writer.replace_record(Record("work-0", "Another"))
    assert not (root / "museum" / SNAPSHOT).exists()


def test_compaction_takes_it_away_and_the_next_one_is_of_the_new_file(root: Path) -> None:
    assert compact_works(root, "museum")
    assert not (root / "museum" / SNAPSHOT).exists()
    kept(root)
    view = Reader(root / "museum").view()
    assert not view.parts[0].signatures.flags.owndata
    assert same(view, read_whole(root))


def test_a_reader_that_goes_over_to_a_compacted_file_has_what_reading_it_gives(root: Path) -> None:
    reader = Reader(root / "museum")
    assert list(reader.view().plain) == [4]
    assert compact_works(root, "museum")
    view = reader.view()
    assert list(view.plain) == [2]
    assert same(view, read_whole(root))


def test_few_works_have_none(root: Path) -> None:
    (root / "museum" / SNAPSHOT).unlink()
    reader = Reader(root / "museum")
    reader.view()
    reader.keep()
    assert not (root / "museum" / SNAPSHOT).exists()


def test_it_is_written_again_when_an_eighth_is_new(root: Path, works: list[Work]) -> None:
    before = (root / "museum" / SNAPSHOT).stat()
    with open_writer(root, "museum") as writer:
        writer.remove("work-0")
    kept(root)
    assert os.path.samestat((root / "museum" / SNAPSHOT).stat(), before)
    with open_writer(root, "museum") as writer:
        writer.put(works[5])
        writer.put(works[1])
    kept(root)
    assert not os.path.samestat((root / "museum" / SNAPSHOT).stat(), before)
    assert same(Reader(root / "museum").view(), read_whole(root))


def test_a_process_that_was_killed_while_writing_leaves_nothing_that_matters(root: Path) -> None:
    file, part = root / "museum" / SNAPSHOT, root / "museum" / f".{SNAPSHOT}.part"
    part.write_bytes(file.read_bytes()[:10_000] + b"x" * 10**6)
    file.unlink()
    kept(root)
    assert not part.exists()
    assert same(Reader(root / "museum").view(), read_whole(root))


def test_while_another_process_writes_one_nothing_happens(root: Path) -> None:
    file = root / "museum" / SNAPSHOT
    file.unlink()
    descriptor = acquired(root / "museum" / f".{SNAPSHOT}.part")
    assert descriptor is not None
    kept(root)
    os.close(descriptor)
    assert not file.exists()


def test_a_full_disk_costs_nothing_but_the_snapshot(root: Path) -> None:
    (root / "museum" / SNAPSHOT).unlink()
    with largest_file(10_000):
        assert kept(root).view().count == 4
    left = sorted(each.name for each in (root / "museum").iterdir())
    assert left == ["catalogue.json", "committed", "lock", WORKS]
