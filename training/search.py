"""Cross-validated scores of candidates: everything is learnt from the training part of each split alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from training.classifiers import ClassifierSettings, score
from training.descriptors import DescriptorSet
from training.encoders import EncoderSettings, fit_encoder
from training.folds import Split
from training.outcomes import Outcome, data_digest, load_outcomes, outcome_file, save_outcomes
from training.progress import Progress, silent


@dataclass(frozen=True)
class Candidate:
    """One encoder with one classifier."""

    encoder: EncoderSettings
    classifier: ClassifierSettings


@dataclass(frozen=True)
class CandidateScores:
    """Scores of a candidate on pictures that it did not learn from.

    Attributes:
        scores: float64, shape (pictures, labels); NaN where a picture was never asked about, and in the
            columns of labels that its split did not teach.
        seconds: Time to learn encoder and classifier, mean over the splits.
        milliseconds: Time to encode and score one picture.
    """

    scores: NDArray[np.float64]
    seconds: float
    milliseconds: float


def cross_validate(
    candidates: Sequence[Candidate],
    descriptors: DescriptorSet,
    targets: NDArray[np.int64],
    splits: Sequence[Split],
    seed: int,
    jobs: int = 1,
    progress: Progress = silent,
    kept: Path | None = None,
) -> list[CandidateScores]:
    """Scores of every candidate on the test part of every split.

    An encoder is learnt once per split for all classifiers behind it.

    Args:
        candidates: What to try.
        descriptors: Of all pictures.
        targets: Label index of every picture, int64.
        splits: Which pictures are learnt from, and which asked about.
        seed: Seed of everything that is random.
        jobs: Processes.
        progress: Told about the stage `candidates`.
        kept: Folder of finished work: what is found there is not done again, what is finished is put there.
    """
    encoders = list(dict.fromkeys(candidate.encoder for candidate in candidates))
    behind = [[each.classifier for each in candidates if each.encoder == encoder] for encoder in encoders]
    labels = int(targets.max()) + 1
    work = [(split, number) for number in range(len(encoders)) for split in range(len(splits))]
    scores = {each: np.full((len(targets), labels), np.nan) for each in candidates}
    times: dict[Candidate, list[Outcome]] = {each: [] for each in candidates}
    # Processes, because boosting and trees hold the interpreter's lock.
    parallel = Parallel(n_jobs=jobs, return_as="generator")
    data = data_digest(descriptors, targets) if kept else ""
    files = [
        outcome_file(kept, data, encoders[number], behind[number], splits[split], seed) if kept else None
        for split, number in work
    ]
    outcomes = parallel(
        delayed(_kept_or_run)(
            file, encoders[number], behind[number], descriptors, targets, splits[split], seed
        )
        for file, (split, number) in zip(files, work, strict=True)
    )
    for done, ((split, number), found) in enumerate(zip(work, outcomes, strict=True), 1):
        for classifier, outcome in zip(behind[number], found, strict=True):
            candidate = Candidate(encoders[number], classifier)
            scores[candidate][splits[split].test] = outcome.scores
            times[candidate].append(outcome)
        progress("candidates", done, len(work))
    return [
        CandidateScores(
            scores[each],
            float(np.mean([outcome.seconds for outcome in times[each]])),
            float(np.mean([outcome.milliseconds for outcome in times[each]])),
        )
        for each in candidates
    ]


def _kept_or_run(
    file: Path | None,
    encoder: EncoderSettings,
    classifiers: Sequence[ClassifierSettings],
    descriptors: DescriptorSet,
    targets: NDArray[np.int64],
    split: Split,
    seed: int,
) -> list[Outcome]:
    found = load_outcomes(file, len(classifiers)) if file else None
    if found is None:
        # One thread: sums in one order on any number of cores, and processes that do not fight for them.
        with threadpool_limits(1):
            found = _run_split(encoder, classifiers, descriptors, targets, split, seed)
        if file:  # Here and not where outcomes are collected, so that a killed search loses nothing.
            save_outcomes(file, found)
    return found


def _run_split(
    encoder: EncoderSettings,
    classifiers: Sequence[ClassifierSettings],
    descriptors: DescriptorSet,
    targets: NDArray[np.int64],
    split: Split,
    seed: int,
) -> list[Outcome]:
    started = time.perf_counter()
    fitted = fit_encoder(encoder, descriptors, split.train, seed)
    learnt = time.perf_counter()
    features = fitted.encode(descriptors)
    encode_ms = 1e3 * (time.perf_counter() - learnt) / len(descriptors)
    outcomes = []
    for classifier in classifiers:
        begun = time.perf_counter()
        estimator = classifier.fit(features[split.train], targets[split.train], seed)
        ended = time.perf_counter()
        known = score(estimator, features[split.test])
        score_ms = 1e3 * (time.perf_counter() - ended) / max(1, len(split.test))
        scores = np.full((len(split.test), int(targets.max()) + 1), np.nan)
        scores[:, estimator.classes_] = known
        outcomes.append(Outcome(scores, learnt - started + ended - begun, encode_ms + score_ms))
    return outcomes
