"""A real PostgreSQL with pgvector, Qdrant's engine behind a stand-in of its server, and six works in each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalogue.shelf import Shelf
from catalogue.shelves import open_shelf
from catalogue.work import Work
from tests.support.postgres import Postgres, running_postgres
from tests.support.qdrant import Qdrant, running_qdrant
from tests.support.works import work


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        with running_postgres() as server:
            yield server


@pytest.fixture(scope="session")
def qdrant() -> Iterator[Qdrant]:
    with running_qdrant() as server:
        yield server


@pytest.fixture
def own() -> Iterator[Qdrant]:
    """A server of the test's own, which it may stop or close."""
    with running_qdrant() as server:
        yield server


@pytest.fixture(params=["postgres", "qdrant"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.new_database()
    qdrant: Qdrant = request.getfixturevalue("qdrant")
    return qdrant.new_url()


@pytest.fixture
def shelf(url: str) -> Shelf:
    return open_shelf(url)


@pytest.fixture(scope="session")
def works() -> list[Work]:
    return [work(seed) for seed in range(6)]


@pytest.fixture
def filled(shelf: Shelf, works: list[Work]) -> Shelf:
    with shelf.writer("museum") as writer:
        for each in works:
            writer.put(each, sync=False)
        writer.sync()
    return shelf
