"""Judges works for their curator: how easily each is found again, and which look alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from catalogue.shelf import CatalogueReader, CatalogueView
from catalogue.threads import worker_threads
from vision.identification.finding import similar_works
from vision.identification.quality import Quality, quality_of

LOW_SCORE: Final = 30
"""Works with a lower score are named."""


@dataclass(frozen=True)
class Judgement:
    """How well one work can be identified.

    Attributes:
        work_id: Its id.
        quality: How easily it is found again.
        look_alikes: Ids of works that look like it, with the points that agree, the most similar first.
    """

    work_id: str
    quality: Quality
    look_alikes: tuple[tuple[str, int], ...]

    @property
    def line(self) -> str:
        """What a curator should know, in one line; empty where nothing is wrong."""
        doubts = []
        if self.quality.score < LOW_SCORE:
            doubts.append(f"score {self.quality.score} ({'; '.join(self.quality.advice)})")
        if self.look_alikes:
            alike = ", ".join(f"{other} ({points} points)" for other, points in self.look_alikes)
            doubts.append(f"looks like {alike}")
        return f"{self.work_id}: {'; '.join(doubts)}" if doubts else ""


def judge_many(reader: CatalogueReader, ids: Sequence[str], workers: int) -> Iterator[Judgement]:
    """Judges works as `judge_works` does, several at a time.

    Args:
        reader: Reader of the catalogue.
        ids: The works.
        workers: Number of works that are judged at a time.
    """
    waiting: deque[Future[list[Judgement]]] = deque()
    pending = iter(ids)
    with worker_threads(workers) as pool:
        for _ in ids:
            while len(waiting) < 2 * workers and (work_id := next(pending, None)) is not None:
                waiting.append(pool.submit(_judged, reader, work_id))
            yield from waiting.popleft().result()


def _judged(reader: CatalogueReader, work_id: str) -> list[Judgement]:
    return list(judge_works(reader.view(), [work_id]))  # a view of a database is for one thread


def judge_works(view: CatalogueView, ids: list[str]) -> Iterator[Judgement]:
    """Judges works of a catalogue by their ids, in order; those that were removed are left out."""
    for work_id in ids:
        number = view.number_of(work_id)
        reference = None if number is None else view.reference(number)
        if number is None or reference is None:
            continue
        alike = similar_works(number, view)
        yield Judgement(
            work_id,
            quality_of(reference),
            tuple((view.record(other).id, points) for other, points in alike),
        )
