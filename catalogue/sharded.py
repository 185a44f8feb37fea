"""A shelf over several places (shards): each catalogue lies in all of them, each work in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from catalogue.errors import CatalogueError
from catalogue.reader import Reader
from catalogue.shards import ShardedView, shard_of
from catalogue.shelf import CatalogueReader, CatalogueWriter, Shelf
from catalogue.work import Record, Work, work_from_bytes


class ShardedShelf:
    """Catalogues over several places. Works are changed only while all answer, and found while one does.

    Args:
        shelves: The places; their number and order stay as they are.
    """

    def __init__(self, shelves: Sequence[Shelf]) -> None:
        self._shelves = shelves

    @property
    def place(self) -> str:
        """All of them."""
        return "; ".join(each.place for each in self._shelves)

    def names(self) -> list[str]:
        """Lists the names of the catalogues in the places that answer, ascending.

        Raises:
            CatalogueError: When none answers.
        """
        found: set[str] = set()
        errors = []
        for each in self._shelves:
            try:
                found.update(each.names())
            except CatalogueError as error:
                errors.append(error)
        if len(errors) == len(self._shelves):
            raise errors[0]
        return sorted(found)

    def reader(self, name: str) -> ShardedReader:
        """Returns the reader of a catalogue."""
        return ShardedReader(name, [each.reader(name) for each in self._shelves])

    def writer(
        self, name: str, *, wait_seconds: float = 0.0, create: bool = True
    ) -> AbstractContextManager[ShardedWriter]:
        """Opens a catalogue for writing, in all places."""
        return self._writer(name, wait_seconds, create)

    @contextmanager
    def _writer(self, name: str, wait_seconds: float, create: bool) -> Iterator[ShardedWriter]:
        with ExitStack() as stack:
            yield ShardedWriter(
                [
                    stack.enter_context(each.writer(name, wait_seconds=wait_seconds, create=create))
                    for each in self._shelves
                ]
            )

    def compact(self, name: str, *, wait_seconds: float = 0.0) -> bool:
        """Frees the space of removed and replaced works, in each place that has many."""
        done = [each.compact(name, wait_seconds=wait_seconds) for each in self._shelves]
        return any(done)

    def workplace(self) -> Path | None:
        """Returns None: files may be unpacked in any folder."""
        return None

    def adopt(self, folder: Path, name: str) -> None:
        """Makes a catalogue of files; when a place refuses, all works that were written are removed again."""
        with self.writer(name) as writer:
            try:
                for body in Reader(folder).view().bodies():
                    writer.put(work_from_bytes(body), sync=False)
                writer.sync()
            except BaseException:
                for work_id in list(writer.records):
                    writer.remove(work_id)
                raise


@dataclass(frozen=True)
class ShardedReader:
    """Gives a catalogue as it is now, in the places that answer."""

    name: str
    readers: Sequence[CatalogueReader]

    def view(self) -> ShardedView:
        """Returns the catalogue.

        Raises:
            CatalogueError: When no place answers.
        """
        return ShardedView(self.name, self.readers)

    def keep(self) -> None:
        """Keeps what was read of each place."""
        for each in self.readers:
            each.keep()


class ShardedWriter:
    """Adds and removes works, each in its place."""

    def __init__(self, writers: Sequence[CatalogueWriter]) -> None:
        self._writers = writers

    @property
    def records(self) -> Mapping[str, Record]:
        """The records of all works, by id."""
        return _Records([each.records for each in self._writers])

    @property
    def dead_share(self) -> float:
        """The largest share among the places."""
        return max(each.dead_share for each in self._writers)

    def put(self, work: Work, *, sync: bool = True) -> None:
        """Adds a work, or replaces the one of its id."""
        self._of(work.record.id).put(work, sync=sync)

    def replace_record(self, record: Record) -> None:
        """Replaces the record of a work and keeps its reference."""
        self._of(record.id).replace_record(record)

    def remove(self, work_id: str) -> None:
        """Removes a work."""
        self._of(work_id).remove(work_id)

    def sync(self) -> None:
        """Waits until all changes are on disk."""
        for each in self._writers:
            each.sync()

    def _of(self, work_id: str) -> CatalogueWriter:
        return self._writers[shard_of(work_id, len(self._writers))]


@dataclass(frozen=True)
class _Records(Mapping[str, Record]):
    """Records by id, each asked of its place."""

    of_shards: Sequence[Mapping[str, Record]]

    def __getitem__(self, work_id: str) -> Record:
        return self.of_shards[shard_of(work_id, len(self.of_shards))][work_id]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.of_shards)

    def __len__(self) -> int:
        return sum(map(len, self.of_shards))
