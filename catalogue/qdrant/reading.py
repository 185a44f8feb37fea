"""Reads a catalogue in Qdrant: the server makes a shortlist by its vectors, the rest is done here."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from catalogue.cache import WorkCache
from catalogue.columns import colors_from_bytes
from catalogue.errors import UnknownCatalogue, UnknownWork
from catalogue.qdrant.client import CollectionMissing, Server
from catalogue.qdrant.collections import VECTOR, count_works, is_ready, names_of
from catalogue.qdrant.points import Payload, bytes_of, point_id, record_of, works_by_id, works_in_order
from catalogue.shortlist import BODY_BYTES, NEAREST, WORDS_BYTES, votes_of
from catalogue.work import Record, record_from_bytes, reference_from_bytes
from vision.extractors.features import LocalFeatures
from vision.identification.plain import Colors
from vision.identification.reference import Reference
from vision.identification.votes import Votes
from vision.identification.windows import window_vectors

T = TypeVar("T")

_NODES: Final = 800
"""Nodes of the graph that a search looks at (HNSW): of the nearest ten of 3,286 works 0.999 are found then,
0.989 to 0.995 with 400."""
_RECORDS_AT_ONCE: Final = 1000
_BODIES_AT_ONCE: Final = 64
_IDS_AT_ONCE: Final = 10_000


class QdrantReader:
    """Gives a catalogue as it is now; every server that reads it sees the same works."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name
        self._words, self._bodies = WorkCache(WORDS_BYTES), WorkCache(BODY_BYTES)

    def view(self) -> QdrantView:
        """Returns the catalogue.

        Raises:
            UnknownCatalogue: When there is none of that name.
            IncompatibleCatalogue: When another version made it.
            CatalogueUnreachable: When the server does not answer.
        """
        if not is_ready(self._server, self._name):
            raise UnknownCatalogue(self._name, names_of(self._server))
        return QdrantView(self._name, self._server, self._words, self._bodies)

    def keep(self) -> None:
        """Does nothing: the server keeps its index."""


class QdrantView:
    """A catalogue while one question is answered. Its numbers of works are its own, from 0.

    Attributes:
        name: Name of the catalogue.
    """

    def __init__(self, name: str, server: Server, words: WorkCache, bodies: WorkCache) -> None:
        self.name = name
        self._server, self._words, self._bodies = server, words, bodies
        self._rows: list[int] = []
        self._numbers: dict[int, int] = {}
        self._points: dict[int, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether it has no works."""
        return self.count == 0

    @property
    def missing(self) -> str:
        """Empty: all of it is in one place."""
        return ""

    @property
    def count(self) -> int:
        """How many works it has."""
        return self._asked(lambda: count_works(self._server, self.name))

    @cached_property
    def plain(self) -> Mapping[int, Colors]:
        """Colours of those that are nearly featureless; read where a photo asks for them."""
        found = self._asked(
            lambda: list(
                works_in_order(self._server, self.name, ["colors"], _RECORDS_AT_ONCE, only_plain=True)
            )
        )
        return {
            self._numbered(point, payload["number"]): colors_from_bytes(bytes_of(payload, "colors"))
            for point, payload in found
        }

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""
        row = self.row_of(work_id)
        return None if row is None else self._numbered(point_id(work_id), row)

    def row_of(self, work_id: str) -> int | None:
        """Returns the number that a work has on the server; None where there is none of that id."""
        found = self._asked(lambda: works_by_id(self._server, self.name, [point_id(work_id)], ["number"]))
        return int(found[0][1]["number"]) if found else None

    def records(self) -> Iterator[Record]:
        """Yields all records, in the order in which the works were added."""
        found = works_in_order(self._server, self.name, ["record"], _RECORDS_AT_ONCE)
        return (record_of(payload) for payload in self._each(found))

    def page(self, last: str, most: int) -> list[Record]:
        """Returns the records of the works with the next ids behind `last`, ascending; "" is before all.

        Qdrant keeps no order of texts: the ids of all works are read for each page.
        """
        found = self._each(works_in_order(self._server, self.name, ["id"], _IDS_AT_ONCE))
        ids = heapq.nsmallest(most, (each["id"] for each in found if each["id"] > last))
        points = [point_id(each) for each in ids]
        read = self._asked(lambda: works_by_id(self._server, self.name, points, ["record"]))
        return sorted((record_of(payload) for _, payload in read), key=lambda record: record.id)

    def bodies(self) -> Iterator[memoryview]:
        """Yields the works as they were written, in the order in which they were added."""
        found = works_in_order(self._server, self.name, ["body"], _BODIES_AT_ONCE)
        return (memoryview(bytes_of(payload, "body")) for payload in self._each(found))

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for the works of the shortlist."""
        shortlist = {
            row for found in self.search(window_vectors(features, size_px), NEAREST) for row in found
        }
        words = sorted(self._fetched(shortlist, self._words, "words").items())
        return votes_of(
            features, size_px, {self._numbered(self._points[row], row): content for row, content in words}
        )

    def search(self, vectors: NDArray[np.float32], most: int) -> list[list[int]]:
        """Finds the works whose references look most like windows of a photo.

        Args:
            vectors: Shape (W, 1024), float32, each of length 1.
            most: Number of works for each.

        Returns:
            Numbers on the server for each window, the nearest first.
        """
        if not len(vectors):
            return []
        requests = [
            models.QueryRequest(
                query=models.NearestQuery(nearest=vector.tolist()),
                using=VECTOR,
                limit=most,
                params=models.SearchParams(hnsw_ef=_NODES),
                with_payload=["number"],
            )
            for vector in vectors
        ]
        batch = models.QueryRequestBatch(searches=requests)
        collection = self._server.collection(self.name)
        # Not `client.query_batch_points`, which first copies all vectors number by number.
        answers = self._asked(
            lambda: self._server.ask(
                lambda client: (
                    client.http.search_api.query_batch_points(collection, query_request_batch=batch).result
                )
            )
        )
        found = []
        for answer in answers or []:
            rows = [(str(each.id), int((each.payload or {})["number"])) for each in answer.points]
            self._points.update((row, point) for point, row in rows)
            found.append([row for _, row in rows])
        return found

    def reference(self, number: int) -> Reference | None:
        """Returns the reference of a work; None where it was removed or changed meanwhile."""
        body = self._body(number)
        return None if body is None else reference_from_bytes(memoryview(body))

    def record(self, number: int) -> Record:
        """Returns the record of a work.

        Raises:
            UnknownWork: When it was removed meanwhile, and is not cached.
        """
        body = self._body(number)
        if body is None:
            raise UnknownWork(self.name, str(number), ())
        return record_from_bytes(memoryview(body))

    def _body(self, number: int) -> bytes | None:
        row = self._rows[number]
        return self._fetched({row}, self._bodies, "body").get(row)

    def _fetched(self, rows: set[int], cache: WorkCache, field: str) -> dict[int, bytes]:
        """Reads a field of works, from the cache where it is there; works that were changed are missing."""

        def read(missing: list[int]) -> list[tuple[int, bytes]]:
            points = [self._points[row] for row in missing]
            found = self._asked(lambda: works_by_id(self._server, self.name, points, ["number", field]))
            return [(int(payload["number"]), bytes_of(payload, field)) for _, payload in found]

        return cache.fetch(rows, read)

    def _numbered(self, point: str, row: int) -> int:
        number = self._numbers.setdefault(row, len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
            self._points[row] = point
        return number

    def _each(self, found: Iterator[tuple[str, Payload]]) -> Iterator[Payload]:
        while (each := self._asked(lambda: next(found, None))) is not None:
            yield each[1]

    def _asked(self, ask: Callable[[], T]) -> T:
        """Asks about the collection.

        Raises:
            UnknownCatalogue: When it was removed meanwhile.
        """
        try:
            return ask()
        except CollectionMissing as error:
            raise UnknownCatalogue(self.name, ()) from error
