"""The candidates of a recipe, compared: of one extractor, or of several side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from training.evaluation.choice import Criterion
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores
from training.search.halving import Round, Search
from training.search.selection import Standing, ranked


@dataclass(frozen=True)
class Comparison:
    """What a search found.

    Attributes:
        standings: Every candidate that reached the last round, best first.
        scores: Theirs on held-out pictures.
        search: The course of the search.
    """

    standings: tuple[Standing, ...]
    scores: Mapping[Candidate, CandidateScores]
    search: Search

    @property
    def best(self) -> Candidate:
        """The candidate that becomes the model."""
        return self.standings[0].candidate

    def of(self, extractor: str) -> Comparison:
        """Returns the same with the name of an extractor in every candidate."""
        return replace(
            self,
            standings=tuple(
                replace(each, candidate=replace(each.candidate, extractor=extractor))
                for each in self.standings
            ),
            scores={replace(each, extractor=extractor): scores for each, scores in self.scores.items()},
        )


def side_by_side(found: Sequence[Comparison], by: Criterion) -> Comparison:
    """Puts the searches of several extractors into one: every last round was on all pictures."""
    rounds = Counter[int]()
    for each in found:
        for step in each.search.rounds:
            rounds[step.pictures] += step.candidates
    search = Search(
        sum(each.search.candidates for each in found),
        sum(each.search.left_out for each in found),
        tuple(Round(pictures, rounds[pictures]) for pictures in sorted(rounds)),
    )
    return Comparison(
        tuple(ranked([standing for each in found for standing in each.standings], by)),
        {candidate: scores for each in found for candidate, scores in each.scores.items()},
        search,
    )
