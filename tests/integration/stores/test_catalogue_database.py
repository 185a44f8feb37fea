"""Catalogues in PostgreSQL and in Qdrant: the same works and answers as in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalogue.curating import judge_works
from catalogue.enrolment import enrol
from catalogue.errors import (
    CatalogueInUse,
    InvalidCatalogueName,
    InvalidRecord,
    UnknownCatalogue,
    UnknownWork,
)
from catalogue.folders import FolderShelf
from catalogue.identifying import Answer, identify_works
from catalogue.sharing import export_catalogue, import_catalogue
from catalogue.shelf import Shelf
from catalogue.shelves import find_catalogue, open_shelf
from catalogue.view import View
from catalogue.work import Record, Work
from cli.main import run_command
from tests.support.pictures import jpeg
from tests.support.works import HUNG, on_a_wall, painted, photo_of, reference, work
from vision.extractors.features import LocalFeatures
from vision.identification.index import WorkWords
from vision.identification.reference import Reference
from vision.identification.windows import reference_vector
from vision.picture import Picture, decode

APART = [(450, 60), (620, 70), (610, 190), (455, 200)]


def of_two() -> Picture:
    return decode(jpeg(on_a_wall([(painted(1), HUNG), (painted(2), APART)])))


def test_a_work_is_read_as_it_was_written(filled: Shelf, works: list[Work]) -> None:
    view = filled.reader("museum").view()
    assert (view.count, list(view.records())) == (6, [each.record for each in works])
    number = view.number_of("work-2")
    assert number is not None
    kept, made = view.reference(number), works[2].reference
    assert kept is not None
    np.testing.assert_array_equal(kept.features.descriptors, made.features.descriptors)
    np.testing.assert_array_equal(kept.words.signatures, made.words.signatures)
    assert view.record(number) == works[2].record
    assert [record.id for record in view.page("work-3", 5)] == ["work-4", "work-5"]
    assert view.number_of("nobody") is None


@pytest.fixture(scope="module")
def in_folder(works: list[Work], tmp_path_factory: pytest.TempPathFactory) -> View:
    shelf = FolderShelf(tmp_path_factory.mktemp("catalogues"))
    with shelf.writer("museum") as writer:
        for each in works:
            writer.put(each, sync=False)
    return shelf.reader("museum").view()


@pytest.fixture(scope="module")
def asked(in_folder: View) -> list[tuple[Picture, Answer]]:
    """Photos, and what a folder answers."""
    pictures = (decode(photo_of(4)), of_two(), decode(photo_of(70)))
    return [(each, identify_works(each, in_folder)) for each in pictures]


def test_answers_are_those_of_a_folder(
    filled: Shelf, in_folder: View, asked: list[tuple[Picture, Answer]]
) -> None:
    view = filled.reader("museum").view()
    for picture, there in asked:
        here = identify_works(picture, view)
        assert [(each.record, each.points) for each in here.works] == [
            (each.record, each.points) for each in there.works
        ]
        assert here.reason == there.reason
        for one, other in zip(here.works, there.works, strict=True):
            np.testing.assert_array_equal(one.quad, other.quad)
    assert list(judge_works(view, ["work-1"])) == list(judge_works(in_folder, ["work-1"]))


def test_the_nearest_works_are_those_of_an_exact_search(shelf: Shelf, works: list[Work]) -> None:
    rng = np.random.default_rng(3)
    sources = rng.integers(0, 256, (40, 128), np.uint8)
    references = [
        LocalFeatures(sources[rng.integers(0, 40, 12)], np.ones((12, 4), np.float32)) for _ in range(150)
    ]
    nothing = np.zeros(12, np.uint8)
    words = WorkWords(nothing.astype("<u2"), nothing.astype("<u8"), nothing, nothing)
    preview = works[0].reference.preview
    ids = [f"{number:03}" for number in range(len(references))]
    with shelf.writer("many") as writer:
        for number, features in enumerate(references):
            writer.put(Work(Record(ids[number]), Reference(features, words, (9, 9), preview)), sync=False)
    vectors = np.array([reference_vector(each) for each in references])
    asked = vectors[:20] + rng.normal(0, 0.02, (20, 1024)).astype(np.float32)
    view: Any = shelf.reader("many").view()
    rows = np.array([view.row_of(each) for each in ids])
    exact = rows[np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :10]]
    found = view.search(asked, 10)
    same = [len(set(row) & set(best)) for row, best in zip(found, exact.tolist(), strict=True)]
    assert sum(same) / 200 >= 0.99


def test_nearly_featureless_works_are_told_by_their_colours(shelf: Shelf, tmp_path: Path) -> None:
    canvas = np.full((240, 320, 3), (30, 60, 160), np.uint8)
    canvas[:, 160:] = (140, 40, 40)
    with shelf.writer("museum") as writer:
        writer.put(enrol(Record("plain"), jpeg(canvas)))
    answer = identify_works(decode(jpeg(canvas)), shelf.reader("museum").view())
    assert [(each.record.id, each.quad) for each in answer.works] == [("plain", None)]


def test_every_server_sees_what_is_added_replaced_and_removed(filled: Shelf, url: str) -> None:
    reader, replica = filled.reader("museum"), open_shelf(url).reader("museum")
    before = replica.view()
    assert before.count == 6
    with filled.writer("museum") as writer:
        writer.put(work(6))
        writer.remove("work-1")
        writer.replace_record(Record("work-2", "Another title"))
        with pytest.raises(UnknownWork, match="Did you mean work-0"):
            writer.remove("work-00")
    for each in (reader, replica):
        view = each.view()
        assert [record.id for record in view.records()] == [f"work-{n}" for n in (0, 3, 4, 5, 6, 2)]
        (found,) = identify_works(decode(photo_of(2)), view).works
        assert (found.record.title, found.record.reference) == ("Another title", work(2).record.reference)
        assert identify_works(decode(photo_of(1)), view).works == ()


def test_a_work_that_is_removed_while_it_is_being_found_is_not_found(filled: Shelf) -> None:
    view = filled.reader("museum").view()
    number = view.number_of("work-1")
    assert number is not None
    with filled.writer("museum") as writer:
        writer.remove("work-1")
    assert view.reference(number) is None
    with pytest.raises(UnknownWork):
        view.record(number)


def test_one_process_writes_at_a_time(filled: Shelf, url: str) -> None:
    with filled.writer("museum"), pytest.raises(CatalogueInUse), open_shelf(url).writer("museum"):
        pass
    with open_shelf(url).writer("museum") as writer:
        assert len(writer.records) == 6


def test_catalogues_are_found_by_their_names(filled: Shelf) -> None:
    assert (filled.names(), find_catalogue(filled)) == (["museum"], "museum")
    with pytest.raises(UnknownCatalogue, match="There are: museum"):
        filled.reader("other").view()
    with pytest.raises(UnknownCatalogue), filled.writer("other", create=False):
        pass
    with pytest.raises(InvalidCatalogueName), filled.writer("../other"):
        pass


def test_a_catalogue_that_could_not_be_begun_is_not_there(shelf: Shelf) -> None:
    with pytest.raises(ZeroDivisionError), shelf.writer("museum"):
        raise ZeroDivisionError
    assert shelf.names() == []


def test_a_catalogue_moves_between_folder_and_database(filled: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "museum.catalogue"
    export_catalogue(filled.reader("museum").view(), file)
    folder = FolderShelf(tmp_path / "elsewhere")
    assert import_catalogue(file, folder, "copy") == 6
    assert import_catalogue(file, filled, "copy") == 6
    assert list(filled.reader("copy").view().bodies()) == list(folder.reader("copy").view().bodies())
    with pytest.raises(InvalidRecord, match='There is a catalogue "copy" already'):
        import_catalogue(file, filled, "copy")


def test_commands_keep_works_in_a_database(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for seed in range(3):
        (pictures / f"work-{seed}.jpg").write_bytes(reference(seed))
    taken = tmp_path / "photo.jpg"
    taken.write_bytes(photo_of(1))
    (tmp_path / "queries.csv").write_text("file,works\nphoto.jpg,work-1\n")

    def run(*command: object) -> Any:
        assert run_command([*map(str, command), "--catalogues", url, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    keep = ("catalogue", "import", pictures, "--name", "museum")
    assert run(*keep)["added"] == 3
    assert run(*keep)["unchanged"] == 3
    assert [each["id"] for each in run("identify", taken)["works"]] == ["work-1"]
    assert run("catalogue", "evaluate", "museum", tmp_path / "queries.csv")["exact_set"] == 1.0
    assert run("catalogue", "remove", "work-0", "--name", "museum")["works"] == 2
    assert run("catalogue", "list")["catalogues"] == [{"name": "museum", "works": 2}]
    assert [each["id"] for each in run("catalogue", "list", "museum")["works"]] == ["work-1", "work-2"]
