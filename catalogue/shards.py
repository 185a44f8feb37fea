"""A catalogue whose works are spread over several places (shards) by their ids.

A photo is compared with the works of all places as if they were in one. The answer names places that do not
answer; whatever needs such a place is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, islice
from typing import TypeVar

import numpy as np

from catalogue.errors import CatalogueError
from catalogue.shelf import CatalogueReader, CatalogueView
from catalogue.work import Record
from vision.extractors.features import LocalFeatures
from vision.identification.plain import Colors
from vision.identification.reference import Reference
from vision.identification.votes import Votes

T = TypeVar("T")


def shard_of(work_id: str, count: int) -> int:
    """Returns the index of the place that has a work; number and order of places must not change.

    >>> [shard_of(each, 3) for each in ("a", "b", "c", "d")]
    [0, 2, 2, 1]
    """
    return int.from_bytes(hashlib.sha256(work_id.encode()).digest()[:8], "big") % count


class ShardedView:
    """A catalogue in several places, while one question is answered."""

    def __init__(self, name: str, readers: Sequence[CatalogueReader]) -> None:
        """Asks every place.

        Raises:
            CatalogueError: That of the first place, when none answers.
        """
        self.name = name
        self._views: list[CatalogueView | None] = [None] * len(readers)
        self._errors: dict[int, CatalogueError] = {}
        for shard, reader in enumerate(readers):
            try:
                self._views[shard] = reader.view()
            except CatalogueError as error:
                self._miss(shard, error)
        if len(self._errors) == len(readers):
            raise self._errors[0]

    @property
    def missing(self) -> str:
        """The places that do not answer, by their order, and why; empty where all do."""
        parts = len(self._views)
        return "; ".join(
            f"part {shard + 1} of {parts}: {error.details.get('problem', error)}"
            for shard, error in sorted(self._errors.items())
        )

    @property
    def is_empty(self) -> bool:
        """Whether no place that answers has works."""
        return all(self._asked(lambda view: view.is_empty).values())

    @property
    def count(self) -> int:
        """How many works it has."""
        return sum(view.count for view in self._all())

    @property
    def plain(self) -> Mapping[int, Colors]:
        """Colours of those that are nearly featureless."""
        return {
            self._number(shard, number): colors
            for shard, found in self._asked(lambda view: view.plain).items()
            for number, colors in found.items()
        }

    def votes(self, features: LocalFeatures, size_px: tuple[int, int]) -> Votes:
        """Collects the votes of a photo, of that width and height, for works of all places that answer."""
        found = self._asked(lambda view: view.votes(features, size_px))
        nothing = np.empty(0, np.int32)
        all_votes = [Votes(nothing, nothing, nothing, np.empty(0, np.float32)), *found.values()]
        works = [nothing, *(each.works * len(self._views) + shard for shard, each in found.items())]
        return Votes(
            np.concatenate([each.rows for each in all_votes]),
            np.concatenate(works).astype(np.int32),
            np.concatenate([each.cells for each in all_votes]),
            np.concatenate([each.weights for each in all_votes]),
        )

    def reference(self, number: int) -> Reference | None:
        """Returns the reference of a work; None where it was removed, or its place does not answer."""
        own, shard = divmod(number, len(self._views))
        return self._asked(lambda view: view.reference(own), shard).get(shard)

    def record(self, number: int) -> Record:
        """Returns the record of a work."""
        own, shard = divmod(number, len(self._views))
        return self._all(shard)[0].record(own)

    def number_of(self, work_id: str) -> int | None:
        """Returns the number of a work; None where there is none of that id."""
        shard = shard_of(work_id, len(self._views))
        number = self._all(shard)[0].number_of(work_id)
        return None if number is None else self._number(shard, number)

    def records(self) -> Iterator[Record]:
        """Yields all records, one place after the other."""
        return chain.from_iterable(view.records() for view in self._all())

    def page(self, last: str, most: int) -> list[Record]:
        """Returns the records of the works with the next ids behind `last`, ascending; "" is before all."""
        pages = [view.page(last, most) for view in self._all()]
        return list(islice(merge(*pages, key=lambda record: record.id), most))

    def bodies(self) -> Iterator[memoryview]:
        """Yields the works as they were written, one place after the other."""
        return chain.from_iterable(view.bodies() for view in self._all())

    def _asked(self, ask: Callable[[CatalogueView], T], only: int | None = None) -> dict[int, T]:
        """Asks the places that answer, or one of them; one that stops answering is missing from then on."""
        found = {}
        for shard, view in enumerate(self._views):
            if view is None or only not in (None, shard):
                continue
            try:
                found[shard] = ask(view)
            except CatalogueError as error:
                self._miss(shard, error)
        return found

    def _all(self, only: int | None = None) -> list[CatalogueView]:
        """Returns the views of all places, or of one.

        Raises:
            CatalogueError: When one of them does not answer.
        """
        for shard, error in sorted(self._errors.items()):
            if only in (None, shard):
                raise error
        return [view for shard, view in enumerate(self._views) if view and only in (None, shard)]

    def _miss(self, shard: int, error: CatalogueError) -> None:
        self._views[shard], self._errors[shard] = None, error

    def _number(self, shard: int, own: int) -> int:
        return own * len(self._views) + shard
