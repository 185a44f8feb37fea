"""Judges works for their curator: how easily each is found again, and which look alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from catalogue.shelf import CatalogueView
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
