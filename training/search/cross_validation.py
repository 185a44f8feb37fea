"""Cross-validated scores of candidates; everything is fitted on the training part of each split alone."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bundle.working_folder import working_folder
from training.descriptors.cache import is_lost, lose
from training.descriptors.labelled import LabelledDescriptors
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.attempts import Attempts
from training.search.outcomes import Outcome
from training.search.workbench import Workbench


@dataclass(frozen=True)
class CandidateScores:
    """Scores of a candidate on held-out pictures.

    Attributes:
        scores: float64, shape (pictures, labels); NaN where a picture was never held out, and in the columns
            of labels missing in the training part of its split.
        seconds: Time to fit encoder and classifier, mean over the splits.
        milliseconds: Time to encode and score one picture.
        size_bytes: Size of the first split's classifier graph; 0 where it was not measured.
        taught: Share of right answers about pictures that it was fitted on, mean over the splits.
    """

    scores: NDArray[np.float64]
    seconds: float
    milliseconds: float
    size_bytes: int
    taught: float = float("nan")


def cross_validate(
    candidates: Sequence[Candidate],
    labelled: LabelledDescriptors,
    splits: Sequence[Split],
    bench: Workbench,
    stage: str = "search",
    split_name: str = "fold",
) -> dict[Candidate, CandidateScores]:
    """Scores every candidate on the test part of every split.

    An encoder is fitted once per split for all classifiers behind it. No candidate is started that would end
    too late for the bench's deadline, but started ones are finished, and the first one is in any case.

    Args:
        candidates: What to try.
        labelled: All pictures; copies are trained on where their picture is.
        splits: Training and test pictures; copies are tested where these name them, by their numbers in
            `labelled.unfolded()`.
        bench: Seed, processes, progress, cache and deadline.
        stage: Name of the stage in progress.
        split_name: What a split is called where a network tells of its epochs.

    Returns:
        The finished candidates, in the order given; where copies are tested, their scores follow.
    """
    every = labelled.unfolded()
    encoders = list(dict.fromkeys(each.encoder for each in candidates))
    if bench.deadline < math.inf:  # The first is tried in any case.
        encoders.sort(key=lambda each: getattr(each, "words", 0))

    def tried(folder: Path) -> Attempts:
        attempts = Attempts(
            every.descriptors,
            every.targets,
            every.groups,
            [labelled.unfolded_split(each) for each in splits],
            bench,
            stage,
            (len(candidates) + len(encoders)) * len(splits),
            folder,
            split_name,
            every.weights,
        )
        for encoder in encoders:
            attempts.try_all([each for each in candidates if each.encoder == encoder])
        return attempts

    attempts = _with_folder(bench.kept, tried)
    count = max(len(labelled.targets), 1 + max(int(each.test.max(initial=0)) for each in splits))
    finished = [each for each in candidates if len(attempts.outcomes.get(each, ())) == len(splits)]
    return {
        each: _together(attempts.outcomes[each], splits, count, len(labelled.labels)) for each in finished
    }


def _with_folder(cache: Path | None, tried: Callable[[Path], Attempts]) -> Attempts:
    """Tries with a folder for large files that processes share; removes those of killed searches.

    It lies in the cache. Where that cannot be written, such as on a full disk, all is tried with one of the
    system's folder for temporary files.
    """
    if cache and not is_lost(cache):
        try:
            with working_folder(cache, "search") as folder:
                return tried(folder)
        except OSError as error:
            if not Path(str(error.filename)).is_relative_to(cache):
                raise
            lose(cache, error)
    with tempfile.TemporaryDirectory(prefix="lienzo-") as name:
        return tried(Path(name))


def _together(
    outcomes: dict[int, Outcome], splits: Sequence[Split], pictures: int, labels: int
) -> CandidateScores:
    scores = np.full((pictures, labels), np.nan)
    for number, outcome in outcomes.items():
        scores[splits[number].test] = outcome.scores
    return CandidateScores(
        scores,
        float(np.mean([each.seconds for each in outcomes.values()])),
        float(np.mean([each.milliseconds for each in outcomes.values()])),
        max(each.size_bytes for each in outcomes.values()),
        float(np.mean([each.taught for each in outcomes.values()])),
    )
