"""Catalogues over several places: the answers of one catalogue, and a place that is away is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from catalogue.errors import DamagedCatalogue, InvalidRecord, UnknownCatalogue, UnknownWork
from catalogue.folders import FolderShelf
from catalogue.identifying import identify_works
from catalogue.sharing import export_catalogue, import_catalogue
from catalogue.shelf import Shelf
from catalogue.shelves import find_catalogue, open_shelf
from catalogue.work import Record, Work
from tests.support.pictures import jpeg
from tests.support.works import on_a_wall, painted, work
from vision.picture import decode

CORNERS = [(60, 70), (420, 90), (410, 350), (70, 340)]
APART = [(450, 60), (620, 70), (610, 190), (455, 200)]


@pytest.fixture(scope="module")
def works() -> list[Work]:
    return [work(seed) for seed in range(6)]


@pytest.fixture
def shelf(tmp_path: Path, works: list[Work]) -> Shelf:
    opened = open_shelf("; ".join(str(tmp_path / name) for name in "ab"))
    with opened.writer("museum") as writer:
        for each in works:
            writer.put(each, sync=False)
        writer.sync()
    return opened


def lose(place: Path) -> None:
    (place / "museum" / "catalogue.json").write_text("{")


def test_each_work_lies_in_one_place(shelf: Shelf, tmp_path: Path) -> None:
    found = [
        {each.id for each in FolderShelf(tmp_path / name).reader("museum").view().records()} for name in "ab"
    ]
    assert all(found)
    assert found[0].isdisjoint(found[1])
    view = shelf.reader("museum").view()
    assert view.count == 6
    assert {each.id for each in view.records()} == found[0] | found[1]
    assert [each.id for each in view.page("work-1", 3)] == ["work-2", "work-3", "work-4"]


def test_answers_are_those_of_one_catalogue(shelf: Shelf, tmp_path: Path, works: list[Work]) -> None:
    single = FolderShelf(tmp_path / "one")
    with single.writer("museum") as writer:
        for each in works:
            writer.put(each, sync=False)
    wall = decode(jpeg(on_a_wall([(painted(1), CORNERS), (painted(2), APART)])))
    here = identify_works(wall, shelf.reader("museum").view())
    there = identify_works(wall, single.reader("museum").view())
    assert [(each.record, each.confidence, each.points) for each in here.works] == [
        (each.record, each.confidence, each.points) for each in there.works
    ]
    assert {each.record.id for each in here.works} == {"work-1", "work-2"}
    for one, other in zip(here.works, there.works, strict=True):
        np.testing.assert_array_equal(one.quad, other.quad)
    assert here.missing == ""


def test_works_are_changed_and_removed_where_they_are(shelf: Shelf) -> None:
    with shelf.writer("museum", create=False) as writer:
        writer.replace_record(Record("work-2", "Another title"))
        writer.remove("work-3")
        assert sorted(writer.records) == ["work-0", "work-1", "work-2", "work-4", "work-5"]
        assert (len(writer.records), "work-3" in writer.records) == (5, False)
        with pytest.raises(UnknownWork):
            writer.remove("nobody")
    view = shelf.reader("museum").view()
    number = view.number_of("work-2")
    assert number is not None
    assert view.record(number).title == "Another title"
    assert view.number_of("work-3") is None


def test_a_place_that_is_away_is_told_and_the_others_answer(shelf: Shelf, tmp_path: Path) -> None:
    kept = {each.id for each in FolderShelf(tmp_path / "a").reader("museum").view().records()}
    lose(tmp_path / "b")
    view = shelf.reader("museum").view()
    assert view.missing == "part 2 of 2: catalogue.json cannot be read"
    lost = {f"work-{seed}" for seed in range(6)} - kept
    for wanted in (min(kept), min(lost)):
        seed = int(wanted.removeprefix("work-"))
        answer = identify_works(decode(jpeg(on_a_wall([(painted(seed), CORNERS)]))), view)
        assert [each.record.id for each in answer.works] == [wanted] * (wanted in kept)
        assert answer.missing
    # What would be wrong without a part is refused, and so is what changes works.
    for ask in (lambda: view.count, lambda: list(view.records()), lambda: view.page("", 9)):
        with pytest.raises(DamagedCatalogue):
            ask()
    with pytest.raises(DamagedCatalogue), shelf.writer("museum"):
        pass
    lose(tmp_path / "a")
    with pytest.raises(DamagedCatalogue):
        shelf.reader("museum").view()


def test_a_place_that_has_lost_the_catalogue_is_missing_and_not_empty(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "b" / "museum").rename(tmp_path / "elsewhere")
    assert find_catalogue(shelf) == "museum"
    assert shelf.reader("museum").view().missing.startswith("part 2 of 2: No catalogue")
    with pytest.raises(UnknownCatalogue):
        shelf.reader("other").view()


def test_an_exported_catalogue_is_spread_again(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "museum.catalogue"
    export_catalogue(shelf.reader("museum").view(), file)
    other = open_shelf("; ".join(str(tmp_path / name) for name in "cde"))
    assert import_catalogue(file, other, "copy") == 6
    assert other.reader("copy").view().count == 6
    with pytest.raises(InvalidRecord, match="already"):
        import_catalogue(file, other, "copy")
