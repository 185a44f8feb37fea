"""Tries every candidate on every split, takes finished work from the cache, and keeps the deadline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from joblib import delayed
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.encoders import EncoderSettings
from training.imagesets.folds import Split
from training.search.attempt import Candidate, Encoded, StoredDescriptors, encode, fit_and_score
from training.search.outcomes import Outcome, data_digest, load_outcome, outcome_file, save_outcome
from training.search.workbench import Workbench

_AHEAD: Final = 4
"""Candidates to be scored on all splits: the next one, the chosen one without each class, and about strangers
and photographs, as long as two."""


@dataclass
class Attempts:
    """Tries candidates on the splits, several at a time, and collects the outcomes.

    No candidate is started that would end too late for the bench's deadline, as far as those before it tell;
    started ones are finished, and the first one is in any case.

    Attributes:
        descriptors: Of all pictures, copies among them.
        targets: Label index of every picture.
        groups: Group of every picture.
        splits: Training and test pictures.
        bench: Seed, processes, progress, cache and deadline.
        stage: Name of the stage in progress.
        total: Number of steps in progress: one for each candidate, and one for each encoder, on each split.
        folder: Folder for files that processes share.
        split_name: What a split is called where a network tells of its epochs.
        weights: Of every picture, see `LabelledDescriptors.weights`.
        outcomes: By candidate and number of the split.
        done: Number of steps done.
        tried: Number of outcomes that were computed here, and not kept from before.
        begun: Time of the bench's clock at the start.
    """

    descriptors: DescriptorSet
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]
    splits: list[Split]
    bench: Workbench
    stage: str
    total: int
    folder: Path
    split_name: str = "fold"
    weights: NDArray[np.float64] | None = None
    outcomes: dict[Candidate, dict[int, Outcome]] = field(default_factory=dict)
    done: int = 0
    tried: int = 0
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self._data = data_digest(self.descriptors, self.targets, self.weights) if self.bench.kept else ""
        self.begun = self.bench.clock()
        self._started = False
        self._parallel = self.bench.parallel()
        self._stored: StoredDescriptors | None = None

    def try_all(self, candidates: Sequence[Candidate]) -> None:
        """Tries candidates that share their encoder, which is fitted once on each split."""
        for each in candidates:
            self.outcomes[each] = {}
            for number in range(len(self.splits)):
                file = self._file(each, number)
                if file and (found := load_outcome(file)):
                    self._finish(each, number, found)
        missing = [
            number
            for number in range(len(self.splits))
            if any(number not in self.outcomes[each] for each in candidates)
        ]
        self._advance(len(self.splits) - len(missing))
        if not missing or self._stops():
            return
        encoded = self._encoded(candidates[0].encoder, missing)
        submitted: list[tuple[Candidate, int]] = []
        for index, outcome in enumerate(self._parallel(self._tasks(candidates, encoded, submitted))):
            self.tried += 1
            candidate, number = submitted[index]
            file = self._file(candidate, number)
            if file and not file.is_file():  # the process that could not write it tells nobody
                save_outcome(file, outcome)
            self._finish(candidate, number, outcome)
        for vectors in encoded.values():
            vectors.file.unlink()

    def _encoded(self, encoder: EncoderSettings, splits: list[int]) -> dict[int, Encoded]:
        if self._stored is None:
            self._stored = StoredDescriptors.store(self.descriptors, self.folder / "descriptors.npy")
        tasks = [
            delayed(encode)(
                encoder,
                self._stored,
                self.splits[each],
                self.bench.seed,
                self.folder / f"{each}.npy",
                self.bench.encoders,
                self.weights,
            )
            for each in splits
        ]
        encoded: dict[int, Encoded] = {}
        for number, found in zip(splits, self._parallel(tasks), strict=True):
            encoded[number] = found
            self._advance(1)
        return encoded

    def _tasks(
        self,
        candidates: Sequence[Candidate],
        encoded: dict[int, Encoded],
        submitted: list[tuple[Candidate, int]],
    ) -> Iterator[Any]:
        """Yields the splits of one candidate after the other, so that started candidates can be finished."""
        for candidate in candidates:
            numbers = [each for each in encoded if each not in self.outcomes[candidate]]
            if numbers and self._stops():
                return
            self._started = True
            for number in numbers:
                submitted.append((candidate, number))
                yield delayed(fit_and_score)(
                    candidate.classifier,
                    encoded[number],
                    self.targets,
                    self.splits[number],
                    self.bench.seed,
                    self._file(candidate, number),
                    self.bench.size_of if number == 0 else None,
                    self.bench.run(
                        f"{self.split_name} {number + 1} of {len(self.splits)}",
                        self.groups[self.splits[number].train],
                    ),
                    self.weights,
                )

    def _stops(self) -> bool:
        """Whether another candidate, and what is then asked of the chosen one, would take too long."""
        if not self._started and not any(self._complete(each) for each in self.outcomes):
            return False
        seconds = (self.bench.clock() - self.begun) / self.tried if self.tried else 0.0
        return self.bench.is_too_late(_AHEAD * len(self.splits) * seconds)

    def _complete(self, candidate: Candidate) -> bool:
        return len(self.outcomes[candidate]) == len(self.splits)

    def _finish(self, candidate: Candidate, split: int, outcome: Outcome) -> None:
        self.outcomes[candidate][split] = outcome
        self._advance(1)

    def _advance(self, steps: int) -> None:
        if steps:
            self.done += steps
            self.bench.progress(self.stage, self.done, self.total)

    def _file(self, candidate: Candidate, number: int) -> Path | None:
        if self.bench.kept is None:
            return None
        sized = number == 0 and self.bench.size_of is not None
        split, seed = self.splits[number], self.bench.seed
        return outcome_file(
            self.bench.kept, self._data, candidate.encoder, candidate.classifier, split, seed, sized
        )
