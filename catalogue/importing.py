"""Imports many works, several pictures at a time; an import that was interrupted continues."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final, Literal

from catalogue.enrolment import digest_of, enrol
from catalogue.errors import InvalidRecord, UnusableReference
from catalogue.records import Row
from catalogue.shelf import CatalogueWriter
from catalogue.threads import worker_threads
from catalogue.work import Record, Work
from catalogue.writer import unchanged
from vision.errors import PictureError

_SYNC_EVERY: Final = 64


@dataclass(frozen=True)
class Outcome:
    """The outcome of one row.

    Attributes:
        row: The row.
        kind: What was done.
        problem: Why it failed; empty where it did not.
    """

    row: Row
    kind: Literal["added", "changed", "unchanged", "failed"]
    problem: str = ""


def import_works(writer: CatalogueWriter, rows: Sequence[Row], workers: int) -> Iterator[Outcome]:
    """Adds works to a catalogue, in order.

    Works that it has already, with the same record and picture, are skipped. A row that no table describes
    leaves the record of a known work as it is. Each work is complete in the file before its outcome is
    yielded, so that an import that was killed continues where it was.

    Args:
        writer: Writer of the catalogue.
        rows: Records and their pictures.
        workers: Number of pictures that are read at a time.

    Raises:
        CatalogueNotWritten: When the file system refuses; works that were yielded are kept.
    """
    waiting: deque[tuple[Row, Future[Work | None]]] = deque()
    pending = iter(rows)
    with worker_threads(workers) as pool:
        for number in range(len(rows)):
            while len(waiting) < 2 * workers and (row := next(pending, None)) is not None:
                waiting.append((row, pool.submit(_made, writer.records.get(row.record.id), row)))
            yield _taken(writer, *waiting.popleft(), sync=number % _SYNC_EVERY == _SYNC_EVERY - 1)
    writer.sync()


def _made(known: Record | None, row: Row) -> Work | None:
    """Returns the work of a row; None where the catalogue has it already."""
    data = row.path.read_bytes()
    record = row.record if row.is_described or known is None else known
    if known is not None and unchanged({known.id: known}, replace(record, reference=digest_of(data))):
        return None
    return enrol(record, data)


def _taken(writer: CatalogueWriter, row: Row, made: Future[Work | None], *, sync: bool) -> Outcome:
    try:
        work = made.result()
    except OSError as error:
        return Outcome(row, "failed", f"{row.path}: {error.strerror or error}")
    except (PictureError, UnusableReference, InvalidRecord) as error:
        return Outcome(row, "failed", f"{row.path}: {error}")
    if work is None:
        return Outcome(row, "unchanged")
    is_known = row.record.id in writer.records
    writer.put(work, sync=sync)
    return Outcome(row, "changed" if is_known else "added")
