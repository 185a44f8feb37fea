"""Catalogues in Qdrant: one writer at a time, and servers that are away, silent, full or closed to us."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from catalogue.errors import (
    CatalogueInUse,
    CatalogueNotWritten,
    IncompatibleCatalogue,
    UnknownCatalogue,
)
from catalogue.folders import FolderShelf
from catalogue.identifying import identify_works
from catalogue.shelf import Shelf
from catalogue.shelves import open_shelf
from catalogue.work import Record, Work
from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceStub
from runtime.process.probe import Probe
from tests.integration.refusals import refused
from tests.support.postgres import Postgres
from tests.support.qdrant import Qdrant
from tests.support.waiting import eventually
from tests.support.works import make_catalogue, photo_of, reference, work
from vision.picture import decode


@pytest.fixture
def url(qdrant: Qdrant) -> str:
    return qdrant.new_url()


@pytest.fixture(scope="module")
def another() -> Work:
    return work(7)


def ids(shelf: Shelf, name: str = "museum") -> list[str]:
    return [record.id for record in shelf.reader(name).view().records()]


def metadata(qdrant: Qdrant, url: str) -> dict[str, Any]:
    return qdrant.collections[f"{url.rpartition('/')[2]}.museum"][1]["metadata"]


def writer_for(url: str, lease_seconds: float) -> Any:
    from catalogue.qdrant.address import parse_address
    from catalogue.qdrant.client import Server
    from catalogue.qdrant.writing import open_qdrant_writer

    return open_qdrant_writer(Server(parse_address(url), lease_seconds=lease_seconds), "museum")


def test_a_work_that_is_written_twice_is_one_point(filled: Shelf, works: list[Work]) -> None:
    with filled.writer("museum") as writer:
        for _ in range(2):
            writer.put(works[3])
        assert len(writer.records) == 6
    assert ids(filled) == [f"work-{number}" for number in (0, 1, 2, 4, 5, 3)]


def test_a_number_that_was_read_never_means_another_work(filled: Shelf, works: list[Work]) -> None:
    reader = filled.reader("museum")
    view = reader.view()
    before: Any = view.row_of("work-5")
    number = view.number_of("work-5")
    assert number is not None
    with filled.writer("museum") as writer:
        writer.remove("work-5")
    with filled.writer("museum") as writer:
        writer.put(Work(Record("work-5", "Found again"), works[5].reference))
    assert view.reference(number) is None
    after: Any = reader.view()
    assert after.row_of("work-5") > before
    assert after.record(after.number_of("work-5")).title == "Found again"


def test_two_prefixes_of_a_server_are_two_places(
    qdrant: Qdrant, filled: Shelf, another: Work, works: list[Work]
) -> None:
    other = open_shelf(qdrant.new_url())
    assert (filled.names(), other.names()) == (["museum"], [])
    with other.writer("museum") as writer:
        writer.put(another)
    with other.writer("annex") as writer:
        writer.put(works[0])
    assert other.names() == ["annex", "museum"]
    assert (len(ids(filled)), ids(other)) == (6, ["work-7"])


def test_writers_that_come_together_write_one_after_the_other(url: str, works: list[Work]) -> None:
    inside, most, errors = [0], [0], []

    def write(seed: int) -> None:
        try:
            with open_shelf(url).writer("museum", wait_seconds=60) as writer:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                writer.put(works[seed])
                inside[0] -= 1
        except Exception as error:  # noqa: BLE001  # shown by the assertion
            errors.append(error)

    threads = [threading.Thread(target=write, args=[seed]) for seed in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (errors, most) == ([], [1])
    assert sorted(ids(open_shelf(url))) == [f"work-{seed}" for seed in range(4)]


def test_a_writer_that_was_killed_keeps_others_out_for_as_long_as_its_lease(
    filled: Shelf, url: str, another: Work
) -> None:
    from catalogue.qdrant.address import parse_address
    from catalogue.qdrant.client import Server
    from catalogue.qdrant.lease import Lease

    killed = Lease(Server(parse_address(url), lease_seconds=600), "museum", 0.0)
    killed._stopping.set()  # it renews no more, as one that was killed
    with pytest.raises(CatalogueInUse), filled.writer("museum"):
        pass
    killed._write(round(time.time() * 1000) - 1)  # its time is over
    with filled.writer("museum") as writer:
        writer.put(another)
    assert "work-7" in ids(filled)


def test_a_writer_whose_place_was_taken_meanwhile_is_refused(filled: Shelf, url: str, another: Work) -> None:
    with writer_for(url, lease_seconds=0.6) as writer:
        writer._lease._stopping.set()  # stopped for a while, as a process on a machine that sleeps
        time.sleep(0.7)
        with filled.writer("museum"), pytest.raises(CatalogueInUse):
            writer.put(another)
    assert "work-7" not in ids(filled)


def test_a_writer_that_takes_long_keeps_its_place(
    filled: Shelf, url: str, qdrant: Qdrant, another: Work
) -> None:
    engine = qdrant.collections[f"{url.rpartition('/')[2]}.museum"][0]

    def until() -> int:
        return engine.retrieve([0], True, False)[0].payload["until"]

    with writer_for(url, lease_seconds=1) as writer:
        first = until()
        eventually(lambda: until() > first, 20)
        writer.put(another)
    assert (until(), "work-7" in ids(filled)) == (0, True)


def test_a_catalogue_of_another_version_is_refused(filled: Shelf, url: str, qdrant: Qdrant) -> None:
    manifest = metadata(qdrant, url)["manifest"]
    for change, problem in (
        ({"vocabulary": "other"}, "its features were made by another version"),
        ({"format": 2}, "its format is 2, this lienzo reads 1"),
    ):
        metadata(qdrant, url)["manifest"] = manifest | change
        with pytest.raises(IncompatibleCatalogue, match=f"museum: {problem}"):
            filled.reader("museum").view()
        with pytest.raises(IncompatibleCatalogue), filled.writer("museum"):
            pass
    metadata(qdrant, url)["manifest"] = manifest
    assert len(ids(filled)) == 6


def test_a_collection_that_lienzo_did_not_make_is_left_alone(qdrant: Qdrant, filled: Shelf, url: str) -> None:
    metadata(qdrant, url).clear()
    with pytest.raises(IncompatibleCatalogue, match="lienzo did not make its collection"):
        filled.reader("museum").view()
    with pytest.raises(IncompatibleCatalogue), filled.writer("museum"):
        pass


def test_a_catalogue_whose_maker_was_killed_is_not_there_and_is_made_anew(
    filled: Shelf, url: str, qdrant: Qdrant, another: Work
) -> None:
    metadata(qdrant, url)["ready"] = False
    other = open_shelf(url)
    assert other.names() == []
    with pytest.raises(UnknownCatalogue):
        other.reader("museum").view()
    with pytest.raises(UnknownCatalogue), other.writer("museum", create=False):
        pass
    with other.writer("museum") as writer:
        writer.put(another)
    assert ids(other) == ["work-7"]


def test_a_catalogue_of_files_is_there_when_all_of_it_is(url: str, tmp_path: Path, own: Qdrant) -> None:
    folder = make_catalogue(tmp_path, range(2))
    shelf = open_shelf(own.url("lienzo"))
    own.most_points = 1
    with pytest.raises(CatalogueNotWritten, match="No space left"):
        shelf.adopt(folder, "copy")
    assert (shelf.names(), own.collections) == ([], {})
    own.most_points = 2
    shelf.adopt(folder, "copy")
    assert ids(shelf, "copy") == ["work-0", "work-1"]


def test_a_catalogue_that_is_removed_while_it_is_read_is_unknown(
    filled: Shelf, url: str, qdrant: Qdrant
) -> None:
    view = filled.reader("museum").view()
    del qdrant.collections[f"{url.rpartition('/')[2]}.museum"]
    for ask in (lambda: view.count, lambda: list(view.records()), lambda: view.page("", 5)):
        with pytest.raises(UnknownCatalogue):
            ask()
    with pytest.raises(UnknownCatalogue):
        identify_works(decode(photo_of(1)), view)


def test_places_of_all_kinds_share_the_works_of_a_catalogue(
    own: Qdrant, postgres: Postgres, tmp_path: Path, works: list[Work]
) -> None:
    places = f"{tmp_path / 'shard'};{postgres.new_database()};{own.url('lienzo')}"
    shelf = open_shelf(places)
    with shelf.writer("museum") as writer:
        for seed in range(6):
            writer.put(works[seed])
    view = shelf.reader("museum").view()
    assert view.count == 6
    assert min(open_shelf(each).reader("museum").view().count for each in places.split(";")) > 0
    with FolderShelf(tmp_path).writer("museum") as writer:
        for each in works:
            writer.put(each, sync=False)
    alone = FolderShelf(tmp_path).reader("museum").view()
    picture = decode(photo_of(4))
    here, there = identify_works(picture, view), identify_works(picture, alone)
    assert [(each.record, each.points) for each in here.works] == [
        (each.record, each.points) for each in there.works
    ]
    own.stop()
    assert "part 3 of 3" in shelf.reader("museum").view().missing


def test_replicas_see_the_same_works_and_wait_for_a_server_that_is_away(
    own: Qdrant, start: Any, channel: Any
) -> None:
    services = [start("catalogue", "--catalogues", own.url("lienzo")) for _ in range(2)]
    one, other = (CatalogueServiceStub(channel(each.target)) for each in services)
    add = catalogue_pb2.AddWorkRequest(
        catalogue="museum", work={"id": "work-1", "title": "Added"}, reference={"data": reference(1)}
    )
    assert one.AddWork(add).work_count == 1
    asked = catalogue_pb2.IdentifyRequest(catalogue="museum", image={"data": photo_of(1)})
    for stub in (one, other):
        assert [each.work.title for each in stub.Identify(asked).works] == ["Added"]
    assert refused(lambda: other.AddWork(add)).reason == "WORK_EXISTS"
    own.stop()
    error = refused(lambda: one.Identify(asked))
    assert (error.code.name, error.reason) == ("UNAVAILABLE", "CATALOGUE_UNREACHABLE")
    assert str(own.port) not in str(error)
    probe = Probe(services[1].target)
    eventually(lambda: "does not answer" in probe.problem(), 20)
    own.key = "new"
    own.start()
    eventually(lambda: "refuses the key" in probe.problem(), 20)
    own.key = ""
    eventually(lambda: probe.problem() == "", 20)
    assert [each.work.id for each in other.Identify(asked).works] == ["work-1"]
