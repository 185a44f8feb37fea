"""A catalogue's files: what is written is found, whatever happens in between."""

from __future__ import annotations

import json
import random
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from catalogue.commits import COMMITTED
from catalogue.compaction import compact_works
from catalogue.errors import (
    CatalogueInUse,
    CatalogueNotNamed,
    CatalogueNotWritten,
    DamagedCatalogue,
    IncompatibleCatalogue,
    InvalidCatalogueName,
    UnknownCatalogue,
    UnknownWork,
)
from catalogue.folders import FolderShelf
from catalogue.manifest import MANIFEST
from catalogue.reader import Reader
from catalogue.recovery import WorksState
from catalogue.repository import list_catalogues
from catalogue.shelves import find_catalogue
from catalogue.work import Record, Work
from catalogue.writer import open_writer
from tests.support.permissions import another_user, open_folder
from tests.support.works import make_catalogue, work

WORKS = "works-000001.log"


@pytest.fixture(scope="module")
def works() -> list[Work]:
    return [work(seed) for seed in range(6)]


@pytest.fixture
def root(tmp_path: Path, works: list[Work]) -> Path:
    with open_writer(tmp_path, "museum") as writer:
        for each in works[:4]:
            writer.put(each, sync=False)
    return tmp_path


def ids(root: Path) -> list[str]:
    return list(Reader(root / "museum").view().numbers)


def test_a_work_is_read_as_it_was_written(root: Path, works: list[Work]) -> None:
    view = Reader(root / "museum").view()
    assert view.record(2) == works[2].record
    kept, made = view.reference(2), works[2].reference
    np.testing.assert_array_equal(kept.features.descriptors, made.features.descriptors)
    np.testing.assert_array_equal(kept.words.signatures, made.words.signatures)
    np.testing.assert_allclose(kept.features.keypoints[:, :2], made.features.keypoints[:, :2], atol=0.01)
    np.testing.assert_allclose(kept.features.keypoints[:, 2], made.features.keypoints[:, 2], rtol=0.03)
    assert (kept.size_px, kept.preview) == ((320, 240), made.preview)


def test_a_catalogue_that_is_closed_to_this_user_is_named_and_costs_the_others_nothing(root: Path) -> None:
    with open_folder() as place:
        shutil.copytree(root / "museum", place / "museum", copy_function=shutil.copyfile)
        for closed in ("closed", "lost+found"):
            (place / closed).mkdir(0o700)
        with another_user():
            shelf = FolderShelf(place)
            assert shelf.names() == ["closed", "museum"]
            assert shelf.reader("museum").view().count == 4
            with pytest.raises(DamagedCatalogue, match="closed: Permission denied"):
                shelf.reader("closed").view()
            for create in (True, False):
                with pytest.raises(CatalogueNotWritten), shelf.writer("closed", create=create):
                    pytest.fail("it is closed")


def test_a_work_takes_at_most_60_kilobytes(root: Path) -> None:
    assert sum(each.stat().st_size for each in (root / "museum").iterdir()) <= 4 * 60_000


def test_an_open_reader_sees_what_is_added_replaced_and_removed(root: Path, works: list[Work]) -> None:
    reader = Reader(root / "museum")
    before = reader.view()
    with open_writer(root, "museum") as writer:
        writer.put(works[4])
        assert list(reader.view().numbers) == [f"work-{n}" for n in range(5)]
        writer.remove("work-1")
        writer.replace_record(Record("work-2", "Another title"))
    after = reader.view()
    assert list(after.numbers) == ["work-0", "work-3", "work-4", "work-2"]
    assert after.record(after.numbers["work-2"]).title == "Another title"
    assert after.is_live.sum() == 4
    # A view that a call still holds stays as it was.
    assert list(before.numbers) == ["work-0", "work-1", "work-2", "work-3"]
    assert before.record(1).id == "work-1"


def test_compaction_keeps_the_works_and_an_open_reader_goes_over(root: Path, works: list[Work]) -> None:
    reader = Reader(root / "museum")
    before = reader.view()
    with open_writer(root, "museum") as writer:
        writer.remove("work-0")
        writer.remove("work-1")
        assert writer.dead_share > 0.4
    assert compact_works(root, "museum")
    with open_writer(root, "museum") as writer:
        assert writer.dead_share == 0
        writer.put(works[5])
    after = reader.view()
    assert list(after.numbers) == ["work-2", "work-3", "work-5"]
    assert sorted(each.name for each in (root / "museum").iterdir()) == [
        MANIFEST,
        COMMITTED,
        "lock",
        "works-000002.log",
    ]
    np.testing.assert_array_equal(
        after.reference(0).features.descriptors, before.reference(2).features.descriptors
    )


def test_a_file_that_ends_anywhere_keeps_every_finished_work(root: Path, works: list[Work]) -> None:
    """What a killed writer leaves: the beginning of its last entry."""
    whole = (root / "museum" / WORKS).read_bytes()
    lengths = [0, *sorted(random.Random(0).sample(range(16, len(whole)), 25)), len(whole) - 1]
    ends = [each.end for each in _frames(whole)]
    for length in lengths[1:]:
        (root / "museum" / WORKS).write_bytes(whole[:length])
        finished = [f"work-{number}" for number, end in enumerate(ends) if end <= length]
        assert ids(root) == finished
        with open_writer(root, "museum") as writer:
            assert list(writer.records) == finished
            writer.put(works[5], sync=False)
        assert ids(root) == [*finished, "work-5"]


def _frames(data: bytes) -> list[object]:
    from catalogue.frames import HEADER, frames_in

    return list(frames_in(memoryview(data), len(HEADER)))


@pytest.mark.parametrize("place", [100, 60_000, -30_000])
def test_a_changed_byte_is_told_and_never_served(root: Path, place: int) -> None:
    file = root / "museum" / WORKS
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(DamagedCatalogue, match="damaged"):
        Reader(root / "museum").view()


def test_rubbish_behind_the_last_work_is_told_and_not_cut_off(root: Path) -> None:
    file = root / "museum" / WORKS
    file.write_bytes(file.read_bytes() + b"something else" * 10)
    with pytest.raises(DamagedCatalogue):
        Reader(root / "museum").view()
    with pytest.raises(DamagedCatalogue), open_writer(root, "museum"):
        pass
    assert file.read_bytes().endswith(b"else")


def test_a_writer_goes_on_where_the_one_before_ended(root: Path, works: list[Work]) -> None:
    states: dict[str, WorksState] = {}
    with open_writer(root, "museum", states=states) as writer:
        writer.put(works[4])
    known = states["museum"]
    with open_writer(root, "museum") as other:  # another process
        other.remove(works[0].record.id)
    with open_writer(root, "museum", states=states) as writer:
        assert writer.state is known
        assert sorted(writer.records) == [each.record.id for each in works[1:5]]
        assert writer.dead_share > 0
        writer.put(works[5])
    assert ids(root) == [each.record.id for each in works[1:]]


def test_a_catalogue_that_was_made_anew_is_read_anew(root: Path, works: list[Work]) -> None:
    shelf = FolderShelf(root)
    with shelf.writer("museum") as writer:
        writer.put(works[4])
    shutil.rmtree(root / "museum")
    with open_writer(root, "museum") as other:
        for each in reversed(works):
            other.put(each)
    with shelf.writer("museum") as writer:
        assert list(writer.records) == [each.record.id for each in reversed(works)]


def test_a_change_behind_the_end_that_was_known_is_checked_as_ever(root: Path, works: list[Work]) -> None:
    shelf, file = FolderShelf(root), root / "museum" / WORKS
    with shelf.writer("museum") as writer:
        writer.put(works[4])
    whole = file.read_bytes()
    file.write_bytes(whole + b"rubbish")
    with pytest.raises(DamagedCatalogue, match="damaged"), shelf.writer("museum"):
        pass
    file.write_bytes(whole)
    with shelf.writer("museum") as writer:
        assert len(writer.records) == 5


def test_a_second_writer_is_refused_and_reading_goes_on(root: Path) -> None:
    with open_writer(root, "museum"):
        with pytest.raises(CatalogueInUse, match="another process is writing"), open_writer(root, "museum"):
            pass
        assert len(ids(root)) == 4
    with open_writer(root, "museum") as writer:
        assert len(writer.records) == 4


@pytest.mark.parametrize(
    ("key", "value"), [("format", 2), ("vocabulary", "0" * 64), ("extractor", {"name": "orb"})]
)
def test_a_catalogue_of_another_version_is_refused(root: Path, key: str, value: object) -> None:
    path = root / "museum" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(IncompatibleCatalogue, match="Import its works again"):
        Reader(root / "museum").view()
    with pytest.raises(IncompatibleCatalogue), open_writer(root, "museum"):
        pass


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Inside, the file system refuses to let a file grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_told_and_everything_before_is_kept(root: Path, works: list[Work]) -> None:
    file = root / "museum" / WORKS
    size = file.stat().st_size
    with open_writer(root, "museum") as writer:
        with (
            largest_file(size + 10_000),
            pytest.raises(CatalogueNotWritten, match="everything before is kept"),
        ):
            writer.put(works[5])
        assert file.stat().st_size == size
        writer.put(works[4])
    assert ids(root) == [f"work-{n}" for n in range(5)]


def test_a_full_disk_leaves_the_old_file_when_compacting(root: Path) -> None:
    with open_writer(root, "museum") as writer:
        writer.remove("work-0")
    with largest_file(10_000), pytest.raises(CatalogueNotWritten):
        compact_works(root, "museum")
    assert ids(root) == ["work-1", "work-2", "work-3"]
    assert sorted(each.name for each in (root / "museum").iterdir()) == [MANIFEST, COMMITTED, "lock", WORKS]


def test_a_work_that_is_not_there_cannot_be_removed(root: Path) -> None:
    with open_writer(root, "museum") as writer, pytest.raises(UnknownWork, match="Did you mean work-3"):
        writer.remove("work3")


def test_names_are_those_of_folders(tmp_path: Path) -> None:
    for name in ("", "../museum", ".hidden", "a/b", "x" * 65):
        with pytest.raises(InvalidCatalogueName), open_writer(tmp_path, name):
            pass
    assert list(tmp_path.iterdir()) == []


def test_the_only_catalogue_needs_no_name(root: Path) -> None:
    assert find_catalogue(FolderShelf(root)) == "museum"
    with pytest.raises(UnknownCatalogue, match="There are: museum"):
        find_catalogue(FolderShelf(root), "other")
    make_catalogue(root, [], "second")
    with pytest.raises(CatalogueNotNamed, match="museum, second"):
        find_catalogue(FolderShelf(root))
    assert list_catalogues(root / "nothing") == []


def test_a_catalogue_that_is_taken_away_is_told(root: Path) -> None:
    reader = Reader(root / "museum")
    reader.view()
    shutil.rmtree(root / "museum")
    with pytest.raises(UnknownCatalogue):
        reader.view()
