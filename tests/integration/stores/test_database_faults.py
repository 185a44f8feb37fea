"""Catalogues in a PostgreSQL that is away, silent, locked or closed to us."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from catalogue.errors import (
    CatalogueInUse,
    CatalogueUnreachable,
    IncompatibleCatalogue,
    InvalidPlace,
    InvalidRecord,
)
from catalogue.postgres.database import Database
from catalogue.postgres.tables import names_of
from catalogue.shelf import Shelf
from catalogue.shelves import open_shelf
from catalogue.work import Record, Work
from lienzo.catalogue.v1 import catalogue_pb2
from lienzo.catalogue.v1.catalogue_pb2_grpc import CatalogueServiceStub
from runtime.process.probe import Probe
from tests.integration.refusals import refused
from tests.support.postgres import Postgres, Proxy
from tests.support.waiting import eventually
from tests.support.works import photo_of, reference, work


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


def test_a_lost_connection_is_made_anew(filled: Shelf, postgres: Postgres) -> None:
    reader = filled.reader("museum")
    assert reader.view().count == 6
    with filled.writer("museum") as writer:
        postgres.cut_connections()
        writer.put(work(7))
    assert reader.view().count == 7


def test_a_writer_whose_place_was_taken_meanwhile_is_refused(
    filled: Shelf, url: str, postgres: Postgres
) -> None:
    with filled.writer("museum") as writer:
        postgres.cut_connections()
        with open_shelf(url).writer("museum"), pytest.raises(CatalogueInUse):
            writer.put(work(7))
    assert "work-7" not in [record.id for record in filled.reader("museum").view().records()]


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free_port = taken.getsockname()[1]
    shelf = open_shelf(f"postgresql://curator:secret@127.0.0.1:{free_port}/art")
    for ask in (shelf.names, shelf.reader("museum").view, lambda: shelf.writer("museum").__enter__()):
        with pytest.raises(CatalogueUnreachable) as caught:
            ask()
        got = str(caught.value)
        assert got.startswith(f"the catalogues in postgresql://127.0.0.1:{free_port}/art cannot be reached: ")
        assert "secret" not in got
        assert caught.value.for_callers == "the database of the catalogues does not answer"


@pytest.mark.parametrize(
    "address",
    [
        "curator:secret@[::1/art",
        "curator:se%cret@host/art",
        "curator:se/cret@host/art",
        "curator:se@cret@host/art",
        "host/art?secret=secret",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(address: str) -> None:
    with pytest.raises(InvalidPlace, match="not an address of a database") as caught:
        open_shelf(f"postgresql://{address}")
    assert "cret" not in str(caught.value)


def test_a_record_that_cannot_be_kept_is_refused_and_nothing_is_written(filled: Shelf) -> None:
    with pytest.raises(InvalidRecord, match='"odd" has a NUL'), filled.writer("museum") as writer:
        writer.put(Work(Record("odd", "a\0b"), work(1).reference))
    assert filled.reader("museum").view().number_of("odd") is None


def test_a_catalogue_of_another_version_is_refused(filled: Shelf, url: str, postgres: Postgres) -> None:
    postgres.ask('UPDATE lienzo.catalogues SET manifest = manifest || \'{"vocabulary": "other"}\'', url)
    with pytest.raises(IncompatibleCatalogue, match="museum: its features were made by another version"):
        filled.reader("museum").view()
    with pytest.raises(IncompatibleCatalogue), filled.writer("museum"):
        pass


def through(proxy: Proxy, url: str) -> str:
    return f"postgresql://postgres@127.0.0.1:{proxy.port}/{url.partition('?')[0].rpartition('/')[2]}"


def test_a_database_that_falls_silent_is_not_waited_for(postgres: Postgres, url: str) -> None:
    proxy = Proxy(postgres)
    database = Database(f"{through(proxy, url)}?connect_timeout=2", answer_seconds=0.3, more_seconds=0.2)
    assert database.run(names_of) == []
    proxy.stall()
    began = time.monotonic()
    with pytest.raises(CatalogueUnreachable):
        database.run(names_of)
    assert 0.2 < time.monotonic() - began < 6
    proxy.resume()
    assert database.run(names_of) == []
    proxy.close()


def test_a_table_that_is_locked_is_not_waited_for(filled: Shelf, postgres: Postgres, url: str) -> None:
    import psycopg

    with psycopg.connect(url) as administrator:
        administrator.execute("LOCK TABLE lienzo.catalogues IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(CatalogueUnreachable, match="statement timeout"):
            Database(url, answer_seconds=0.3).run(names_of)
    assert Database(url, answer_seconds=0.3).run(names_of) == ["museum"]


def test_a_database_that_lets_us_make_no_tables_says_who_does(postgres: Postgres) -> None:
    url = postgres.new_database()
    postgres.ask("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    guest = open_shelf(url.replace("postgres@", "guest@"))
    with (
        pytest.raises(CatalogueUnreachable, match=r"permission denied.*administrator"),
        guest.writer("museum"),
    ):
        pass
    assert guest.names() == []


def test_replicas_see_the_same_works_and_wait_for_a_database_that_is_away(
    postgres: Postgres, url: str, start: Any, channel: Any
) -> None:
    proxy = Proxy(postgres)
    services = [start("catalogue", "--catalogues", through(proxy, url)) for _ in range(2)]
    one, other = (CatalogueServiceStub(channel(each.target)) for each in services)
    add = catalogue_pb2.AddWorkRequest(
        catalogue="museum", work={"id": "work-1", "title": "Added"}, reference={"data": reference(1)}
    )
    assert one.AddWork(add).work_count == 1
    asked = catalogue_pb2.IdentifyRequest(catalogue="museum", image={"data": photo_of(1)})
    unknown = catalogue_pb2.IdentifyRequest(catalogue="other", image={"data": photo_of(1)})
    for stub in (one, other):
        assert [each.work.title for each in stub.Identify(asked).works] == ["Added"]
    assert refused(lambda: other.AddWork(add)).reason == "WORK_EXISTS"
    proxy.stall()
    waiting = [one.Identify.future(each, timeout=10) for each in (asked, unknown)]
    began = time.monotonic()
    assert Probe(services[0].target).problem() == ""  # health is told while calls wait for the database
    assert time.monotonic() - began < 2
    proxy.resume()
    assert waiting[0].result().works
    assert refused(waiting[1].result).reason == "UNKNOWN_CATALOGUE"
    proxy.close()
    error = refused(lambda: one.Identify(asked))
    assert (error.code.name, error.reason) == ("UNAVAILABLE", "CATALOGUE_UNREACHABLE")
    assert str(proxy.port) not in str(error)
    probe = Probe(services[1].target)
    eventually(lambda: "does not answer" in probe.problem(), 20)
    proxy.reopen()
    eventually(lambda: probe.problem() == "", 20)
    assert [each.work.id for each in other.Identify(asked).works] == ["work-1"]
    proxy.close()
