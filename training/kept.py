"""What a model keeps: encoder and classifier, trained on all pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.classifiers import learn_classifier
from training.descriptors.labelled import LabelledDescriptors, counting_fully
from training.encoders import FittedEncoder
from training.encoders.kept import learn_encoder
from training.networks.settings import CnnSettings
from training.search.attempt import Candidate
from training.search.workbench import Workbench
from training.threads import one_thread


@dataclass(frozen=True)
class LearntFromAll:
    """A candidate, trained on all pictures.

    Attributes:
        encoder: Fitted.
        estimator: Fitted classifier.
        features: Vectors of all pictures, copies among them, float32, shape (N, size).
    """

    encoder: FittedEncoder
    estimator: Any
    features: NDArray[np.float32]


LearnFromAll: TypeAlias = Callable[[Candidate], LearntFromAll]


@contextmanager
def beside_the_tests(
    only: Candidate | None, labelled: LabelledDescriptors, bench: Workbench
) -> Iterator[LearnFromAll]:
    """Gives what learns from all pictures; a network does so while others are tested inside.

    Of one recipe the networks that are tested and the one that is kept do not depend on each other. One after
    the other the larger ones would leave all cores but one idle.

    Args:
        only: The candidate, where there is no choice.
        labelled: The training data.
        bench: Seed, jobs, progress and cache. With one job nothing is done side by side.
    """
    every = labelled.unfolded()
    if bench.jobs == 1 or only is None or not isinstance(only.classifier, CnnSettings):
        yield lambda chosen: _begin(chosen, every, bench)()
        return
    rest = _begin(only, every, bench)
    # An error inside ends the network, which would be waited for.
    with ThreadPoolExecutor(1) as pool, bench.halt.at_errors():
        learnt = pool.submit(rest)
        yield lambda chosen: learnt.result()


def _begin(chosen: Candidate, every: LabelledDescriptors, bench: Workbench) -> Callable[[], LearntFromAll]:
    """Fits the encoder; what it returns fits the classifier."""
    pictures = np.arange(len(every.targets))
    with one_thread():
        encoder, _ = learn_encoder(
            chosen.encoder,
            every.descriptors,
            counting_fully(pictures, every.weights),
            bench.seed,
            bench.encoders,
        )
        features = encoder.encode(every.descriptors)
    taught, others = features[: len(pictures)], features[len(pictures) :]

    def learn() -> LearntFromAll:
        run = bench.run("all pictures", every.groups)
        estimator = learn_classifier(
            chosen.classifier, taught, every.targets, bench.seed, others, run, every.weights
        )
        return LearntFromAll(encoder, estimator, taught)

    return learn
