"""What a curator wants to know of works: how easily each is found again, and which look alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from catalogue.shelf import CatalogueView
from vision.identification.finding import similar_works
from vision.identification.quality import Quality, quality_of

LOW_SCORE: Final = 30


@dataclass(frozen=True)
class Judgement:
    """What was found out about one work.

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
        """What is to be told of it; empty for nothing."""
        told = []
        if self.quality.score < LOW_SCORE:
            told.append(f"score {self.quality.score} ({'; '.join(self.quality.advice)})")
        if self.look_alikes:
            alike = ", ".join(f"{other} ({points} points)" for other, points in self.look_alikes)
            told.append(f"looks like {alike}")
        return f"{self.work_id}: {'; '.join(told)}" if told else ""


def judged(view: CatalogueView, ids: list[str]) -> Iterator[Judgement]:
    """Judges works of a catalogue, in order, without those that it does not have any more."""
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
