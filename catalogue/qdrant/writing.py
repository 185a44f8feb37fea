"""Writes a catalogue in Qdrant: each change is one point, and one process writes at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from qdrant_client import QdrantClient, models

from catalogue.errors import (
    CatalogueError,
    CatalogueInUse,
    CatalogueNotWritten,
    UnknownCatalogue,
    UnknownWork,
)
from catalogue.manifest import check_name
from catalogue.qdrant.client import CollectionMissing, Server
from catalogue.qdrant.collections import (
    WORKS,
    count_works,
    drop_collection,
    is_ready,
    make_collection,
    make_ready,
    names_of,
)
from catalogue.qdrant.lease import Lease
from catalogue.qdrant.points import (
    bytes_of,
    last_number,
    point_id,
    record_of,
    to_point,
    works_by_id,
    works_in_order,
)
from catalogue.work import Record, Work, reference_from_bytes

T = TypeVar("T")

_AT_ONCE: Final = 32
"""Works that are written by one request: some 3 MB."""
_NEAR: Final = 1000
"""Number of ids that are searched for one like a mistyped one."""


@contextmanager
def open_qdrant_writer(
    server: Server, name: str, *, wait_seconds: float = 0.0, create: bool = True
) -> Iterator[QdrantWriter]:
    """Opens a catalogue for writing; makes it if there is none.

    Args:
        server: Where it is.
        name: Which one.
        wait_seconds: How long to wait for another writer.
        create: Whether to make it if it does not exist.

    Raises:
        InvalidCatalogueName: When a new one cannot have that name.
        UnknownCatalogue: When it does not exist and `create` is false.
        CatalogueInUse: When another process writes to it.
        IncompatibleCatalogue: When another version made it.
        CatalogueNotWritten: When the server lets us change nothing.
        CatalogueUnreachable: When the server does not answer, or is too old.
    """
    with _place_in(server, name, wait_seconds, create) as (lease, is_new):
        if is_new:
            make_ready(server, name)
        try:
            yield QdrantWriter(server, name, lease)
        except BaseException:
            if is_new:
                with suppress(CatalogueError, CollectionMissing):
                    if not count_works(server, name):
                        drop_collection(server, name)
            raise


def make_catalogue(server: Server, name: str, works: Iterable[Work]) -> None:
    """Makes a catalogue of works; all of it is visible at once, or nothing.

    Raises:
        CatalogueInUse: When another process makes it, or has just made it.
        CatalogueError: When the server does not answer, or refuses.
    """
    with _place_in(server, name, 0.0, create=True) as (lease, is_new):
        if not is_new:
            raise CatalogueInUse(name)
        writer = QdrantWriter(server, name, lease)
        pending = iter(works)
        try:
            while batch := list(islice(pending, _AT_ONCE)):
                writer.put_all(batch)
            make_ready(server, name)
        except BaseException:
            with suppress(CatalogueError, CollectionMissing):
                drop_collection(server, name)
            raise


@contextmanager
def _place_in(server: Server, name: str, wait_seconds: float, create: bool) -> Iterator[tuple[Lease, bool]]:
    """Takes the place of the writer; tells whether the catalogue is new, which is not ready then."""
    check_name(name)
    server.check_version()
    while True:
        is_new = not is_ready(server, name)
        if is_new and not create:
            raise UnknownCatalogue(name, names_of(server))
        with suppress(CollectionMissing):  # its maker has withdrawn it: make it anew
            if is_new:
                make_collection(server, name)
            lease = Lease(server, name, wait_seconds)
            break
    try:
        is_new = is_new and not is_ready(server, name)  # another process may have been faster
        if is_new:  # works of one who was killed while making it
            server.ask(
                lambda client: client.delete(
                    server.collection(name), models.FilterSelector(filter=WORKS), wait=True
                ),
                partial(CatalogueNotWritten, server.path(name)),
            )
        yield lease, is_new
    except CollectionMissing as error:
        raise UnknownCatalogue(name, ()) from error
    finally:
        lease.release()


class QdrantWriter:
    """Adds and removes works. Use `open_qdrant_writer`, which holds the place of the writer."""

    dead_share = 0.0
    """Always 0: Qdrant clears removed and replaced points by itself."""

    def __init__(self, server: Server, name: str, lease: Lease) -> None:
        self._server, self._name, self._lease = server, name, lease
        self._last = last_number(server, name)

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all works, by id; each is asked for when it is looked at."""
        return _Records(self._server, self._name)

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id; it can be found when this returns.

        Args:
            work: The work.
            sync: Without effect: Qdrant's settings say when its log is on disk.

        Raises:
            CatalogueInUse: When another writer has taken the place.
            CatalogueNotWritten: When the server refuses; nothing has changed then.
            CatalogueUnreachable: When it does not answer. The work may have been added all the same.
        """
        self.put_all([work])

    def put_all(self, works: Iterable[Work]) -> None:
        """Adds or replaces works with one request; see `put`."""
        points = [to_point(each, self._next()) for each in works]
        self._change(lambda client, collection: client.upsert(collection, points, wait=True))

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference.

        Raises:
            UnknownWork: When there is none of its id.
            CatalogueNotWritten: When the server refuses.
        """
        found = works_by_id(self._server, self._name, [point_id(record.id)], ["record", "body"])
        if not found:
            raise UnknownWork(self._name, record.id, self._some_ids())
        known = record_of(found[0][1])
        kept = replace(record, reference=known.reference, score=known.score)
        self.put(Work(kept, reference_from_bytes(memoryview(bytes_of(found[0][1], "body")))))

    def remove(self, work_id: str) -> None:
        """Removes a work.

        Raises:
            UnknownWork: When there is none of that id.
            CatalogueNotWritten: When the server refuses.
        """
        if work_id not in self.records:
            raise UnknownWork(self._name, work_id, self._some_ids())
        chosen = models.PointIdsList(points=[point_id(work_id)])
        self._change(lambda client, collection: client.delete(collection, chosen, wait=True))

    def sync(self) -> None:
        """Does nothing: each change was waited for."""

    def _change(self, change: Callable[[QdrantClient, str], object]) -> None:
        self._lease.check()
        self._server.ask(
            lambda client: change(client, self._server.collection(self._name)),
            partial(CatalogueNotWritten, self._server.path(self._name)),
        )

    def _next(self) -> int:
        """Returns the number of the next change: microseconds, so that no number comes twice."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last

    def _some_ids(self) -> list[str]:
        return list(islice(self.records, _NEAR))


class _Records(Mapping[str, Record]):
    """Records by id, as the server has them."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name

    def __getitem__(self, work_id: str) -> Record:
        found = works_by_id(self._server, self._name, [point_id(work_id)], ["record"])
        if not found:
            raise KeyError(work_id)
        return record_of(found[0][1])

    def __iter__(self) -> Iterator[str]:
        found = works_in_order(self._server, self._name, ["id"], _NEAR)
        return (str(payload["id"]) for _, payload in found)

    def __len__(self) -> int:
        return count_works(self._server, self._name)
