"""Reads a catalogue in Qdrant: the server makes a shortlist by its vectors, the rest is done here."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models

from catalogue.columns import colors_from_bytes
from catalogue.database_view import DatabaseView, ViewCaches
from catalogue.errors import UnknownCatalogue
from catalogue.qdrant.client import CollectionMissing, Server
from catalogue.qdrant.collections import VECTOR, count_works, is_ready, names_of
from catalogue.qdrant.points import Payload, bytes_of, point_id, record_of, works_by_id, works_in_order
from catalogue.work import Record
from vision.identification.plain import Colors

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
        self._caches = ViewCaches()

    def view(self) -> QdrantView:
        """Returns the catalogue.

        Raises:
            UnknownCatalogue: When there is none of that name.
            IncompatibleCatalogue: When another version made it.
            CatalogueUnreachable: When the server does not answer.
        """
        if not is_ready(self._server, self._name):
            raise UnknownCatalogue(self._name, names_of(self._server))
        return QdrantView(self._name, self._caches, self._server)

    def keep(self) -> None:
        """Does nothing: the server keeps its index."""


class QdrantView(DatabaseView):
    """A catalogue in Qdrant while one question is answered. Rows are the numbers of its points."""

    def __init__(self, name: str, caches: ViewCaches, server: Server) -> None:
        super().__init__(name, caches)
        self._server = server
        self._points: dict[int, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether it has no works."""
        return self.count == 0

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
        self._points.update((int(payload["number"]), point) for point, payload in found)
        return {
            self._numbered(int(payload["number"])): colors_from_bytes(bytes_of(payload, "colors"))
            for _, payload in found
        }

    def row_of(self, work_id: str) -> int | None:
        """Returns the row of a work; None where there is none of that id."""
        point = point_id(work_id)
        found = self._asked(lambda: works_by_id(self._server, self.name, [point], ["number"]))
        if not found:
            return None
        row = int(found[0][1]["number"])
        self._points[row] = point
        return row

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

    def search(self, vectors: NDArray[np.float32], most: int) -> list[list[int]]:
        """Finds the works whose references look most like windows of a photo."""
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

    def _read(self, rows: list[int], column: Literal["words", "body"]) -> list[tuple[int, bytes]]:
        points = [self._points[row] for row in rows]
        found = self._asked(lambda: works_by_id(self._server, self.name, points, ["number", column]))
        return [(int(payload["number"]), bytes_of(payload, column)) for _, payload in found]

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
